#pragma once

#include "simulator/changes.hpp"
#include "simulator/deliveries.hpp"
#include "simulator/live.hpp"
#include "simulator/options.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

/// The Nylas API v3 without Nylas: an HTTP server over mailboxes that are computed from a seed. It
/// stands on its own; docs/simulator.md says how to use it from other projects.
namespace nova::simulator {

/// Listens from construction to destruction, on threads of its own. Any thread may call.
class simulator {
public:
  /// Throws `std::invalid_argument` when the options are wrong (`validate` says it without), and
  /// `std::system_error` when it cannot listen.
  explicit simulator(const options& options);
  ~simulator();

  simulator(const simulator&) = delete;
  simulator& operator=(const simulator&) = delete;

  [[nodiscard]] uint16_t port() const;
  /// `http://127.0.0.1:PORT`: what is set as base URL of a client.
  [[nodiscard]] std::string url() const;
  [[nodiscard]] const std::string& api_key() const;
  /// What notifications are signed with, for targets that `add_webhook_target` made.
  [[nodiscard]] std::string webhook_secret() const;
  [[nodiscard]] std::vector<std::string> grant_ids() const;

  /// One line: `url`, `api_key`, `grant_ids`, `webhook_secret`.
  [[nodiscard]] std::string ready_json() const;

  /// Grants, mailboxes, settings, faults and statistics.
  [[nodiscard]] world& state();
  /// What happens to mail from now on; each change is told to webhooks.
  [[nodiscard]] changes change();

  /// Sends signed notifications of mail and grants to that URL from now on, without asking it
  /// first. Returns the destination's id.
  std::string add_webhook_target(const std::string& url, bool compressed = false);
  /// Destinations, distortions and what was delivered.
  [[nodiscard]] deliveries& webhooks();

  /// Starts changes at a rate, a bounded number of them; false when a run is under way.
  bool start_live(const live_options& options);
  [[nodiscard]] live_generator& live();

  /// Visits every message of a grant: the ground truth. False when there is no such grant.
  bool visit_truth(const std::string& grant_id,
                   const std::function<void(const message_record&)>& see) const;

private:
  class implementation;
  std::unique_ptr<implementation> implementation_;
};

} // namespace nova::simulator
