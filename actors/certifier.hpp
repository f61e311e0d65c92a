#pragma once

#include "actors/live_limits.hpp"
#include "actors/mailbox_comparison.hpp"
#include "actors/observed_actor.hpp"
#include "messages/timer.hpp"

#include <caf/actor_addr.hpp>
#include <caf/error.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>

namespace nova {

/// Keeps the certificates of all inboxes fresh.
using certifier_actor = untold_actor;

struct certifier_settings {
  bool enabled = true;                   // NOVA_CERTIFY
  std::chrono::milliseconds look{5'000}; // between two looks for what is due
  std::chrono::milliseconds plan{
    30'000};                    // between two looks for inboxes and backfills that are new
  uint32_t comparisons_max = 8; // under way
  mailbox_comparison_settings comparison = {};
  std::shared_ptr<const live_limits> live = {}; // whether anything can be called
};

struct certifier_needs {
  listing_needs listing;
  std::shared_ptr<actor_directory> directory = {}; // where comparisons are entered; may be null
};

/// Compares days of inboxes with their providers' lists when they are due
/// (nova.mail_certifications): yesterday and today hourly, the last thirty days daily, all before
/// that every thirty days, what a backfill brought once, what was broken again. Each comparison is
/// a `mailbox_comparison`, in the background lane of its grant. Event-based, once in the cluster.
struct certifier_state : observed {
  static inline const char* name = "certifier";

  explicit certifier_state(certifier_actor::pointer self) : observed(self), self(self) {}

  void open();
  /// Whether that was a comparison's.
  bool comparison_exited(const caf::actor_addr& child, const caf::error& reason);

  certifier_actor::pointer self;
  certifier_needs needs;
  certifier_settings settings;

private:
  void plan();
  void look();
  void begin(certification&& due);

  /// A comparison under way.
  struct running_comparison {
    certification what;
    directory_slot entry;
  };
  std::map<caf::actor_addr, running_comparison> running_;
  bool claiming_ = false;
  timer next_plan_{self};
  timer next_look_{self};
};

certifier_actor::behavior_type certifier(observed_pointer<certifier_actor, certifier_state> self,
                                         directory_slot slot, certifier_needs needs,
                                         certifier_settings settings);

} // namespace nova
