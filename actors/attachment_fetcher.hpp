#pragma once

#include "actors/actor_metrics.hpp"
#include "actors/grant_calls.hpp"
#include "actors/live_limits.hpp"
#include "actors/observed_actor.hpp"
#include "actors/query.hpp"
#include "base/backoff.hpp"
#include "mail/attachments.hpp"
#include "mail/notifications.hpp"
#include "messages/timer.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace nova {

/// Fetches the bytes of attachments.
using attachment_fetcher_actor = untold_actor;

struct attachment_fetcher_settings {
  /// Larger attachments are not fetched; 0: none is.
  uint64_t bytes_max = 0;
  /// Between two looks for what is due, when nothing else makes one.
  std::chrono::milliseconds look{2'000};
  uint32_t in_hand_max = 64;
  /// In hand of one grant: its calls wait among those of backfills.
  uint32_t share = 4;
  /// Messages whose attachments are noted at one time.
  uint32_t follow_messages = 2'000;
  /// Of all answers that are asked for or being stored; one that is larger comes alone.
  uint64_t bytes_in_flight_max = uint64_t{64} << 20;
  /// Between two tries of one that fails by its own fault.
  base::backoff retry{std::chrono::minutes{1}, std::chrono::hours{24}};
  int64_t node = 0; // its epoch; 0: alone
  std::shared_ptr<const live_limits> live = {};
  attachment_metrics metrics = {};
  /// Of the jitter; 0 takes a random one.
  uint64_t seed = 0;
};

struct attachment_fetcher_needs {
  database_actor database;
  grants_actor grants;
};

/// Notes the attachments of mail that changed, and fetches the bytes of those that are due, the
/// newest first, each within its grant's pace. How large one is decides what comes, not what is
/// listed: room is taken for what is listed, what is larger is cut off and asked for again with
/// room for the limit, and what is larger than that is too large. What a node had in hand when it
/// ended is due again at once. Event-based.
struct attachment_fetcher_state : observed {
  static inline const char* name = "attachment_fetcher";

  explicit attachment_fetcher_state(attachment_fetcher_actor::pointer self)
    : observed(self), self(self) {}

  void open();

  attachment_fetcher_actor::pointer self;
  attachment_fetcher_needs needs;
  attachment_fetcher_settings settings;
  std::mt19937_64 random;

private:
  /// An attachment in hand, and how many bytes of it may come.
  struct fetch {
    due_attachment which;
    uint64_t room = 0;
  };
  using shared_fetch = std::shared_ptr<fetch>;

  void fit();
  void look();
  void follow();
  void claim();
  void claimed(std::vector<due_attachment>&& due);
  [[nodiscard]] std::vector<grant_share> held() const;
  void start_some();
  void call(const shared_fetch& one);
  void answered(const shared_fetch& one, api_answered&& result);
  void cut_off(const shared_fetch& one);
  void store(const shared_fetch& one, api_answered&& result);
  void settle(const shared_fetch& one, attachment_outcome outcome, const std::string& reason,
              std::chrono::milliseconds delay, std::optional<uint64_t> size = {});
  void failed(const shared_fetch& one, const caf::error& reason);
  void leave_room(const shared_fetch& one);
  void done(const shared_fetch& one);
  void tell() const;

  timer next_look_{self};
  std::deque<shared_fetch> waiting_; // for room
  std::map<std::string, uint32_t> held_;
  uint32_t in_hand_ = 0;
  uint32_t claim_below_ = 0; // in hand: then there may be more to claim, without waiting for a look
  uint64_t bytes_in_flight_ = 0;
  bool following_ = false;
  bool claiming_ = false;
};

attachment_fetcher_actor::behavior_type
attachment_fetcher(observed_pointer<attachment_fetcher_actor, attachment_fetcher_state> self,
                   directory_slot slot, attachment_fetcher_needs needs,
                   attachment_fetcher_settings settings);

} // namespace nova
