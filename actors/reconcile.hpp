#pragma once

#include "actors/grant_calls.hpp"
#include "actors/live_limits.hpp"
#include "actors/mail_store.hpp"
#include "actors/mailbox_listing.hpp"
#include "actors/observed_actor.hpp"
#include "actors/query.hpp"
#include "base/backoff.hpp"
#include "mail/inboxes.hpp"
#include "messages/timer.hpp"

#include <caf/actor_addr.hpp>
#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/typed_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <chrono>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <unordered_map>

namespace nova {

/// Asks `reconcile` to look for inboxes whose sweep is due, now.
struct look_for_sweeps {};

/// Compares inboxes with the provider: messages in doubt, and sweeps over what arrived lately.
using reconcile_actor = caf::typed_actor<caf::reacts_to<look_for_sweeps>>;

struct reconcile_settings {
  /// Between two looks for messages in doubt; they have waited two seconds by then.
  std::chrono::milliseconds refetch_interval{500};
  uint32_t refetches_max = 64; // in hand
  /// Between two tries of one that fails. What nobody can read is asked for four times a day in the
  /// end; of a provider that is away it is no failure.
  base::backoff refetch_retry{std::chrono::seconds{1}, std::chrono::hours{6}};
  /// Between two looks for inboxes that are due, and how old a sweep may be.
  std::chrono::milliseconds sweep_look{15'000};
  std::chrono::seconds sweep_every{600};
  uint32_t sweeps_max = 8; // in hand
  listing_settings listing = {};
  std::shared_ptr<const live_limits> live = {}; // whether anything can be called
  /// Of the jitter; 0 takes a random one.
  uint64_t seed = 0;
};

struct reconcile_needs {
  listing_needs listing;
  std::shared_ptr<actor_directory> directory = {}; // where sweeps are entered; may be null
};

/// Webhooks are a hint, the provider is the truth. Fetches messages of which the database is in
/// doubt, and has inboxes swept, each by a `mailbox_sweep`.
struct reconcile_state : observed {
  static inline const char* name = "reconcile";

  explicit reconcile_state(reconcile_actor::pointer self) : observed(self), self(self) {}

  void claim_doubtful();
  void claim_due();
  void look_for_due();
  [[nodiscard]] bool provider_away() const;
  /// Whether that was a sweep's.
  bool sweep_exited(const caf::actor_addr& child, const caf::error& reason);

  reconcile_actor::pointer self;
  timer next_refetches{self};
  timer next_sweeps{self};
  reconcile_needs needs;
  reconcile_settings settings;
  uint32_t refetches = 0;
  bool claiming_refetches = false;
  bool claiming_sweeps = false;
  /// Of messages whose read failed, how often in a row, by inbox and message. When there are too
  /// many it is emptied: pauses begin anew then.
  std::unordered_map<std::string, uint32_t> failures;
  std::mt19937_64 random;

private:
  void fetch(const refetch& which);
  void fetched(const refetch& which, api_answered&& result);
  void settled(const refetch& which);
  void postpone(const refetch& which, const std::string& reason,
                std::chrono::milliseconds at_least = {});
  void not_called(const refetch& which);
  void begin(sweep&& due);

  /// A sweep under way.
  struct running_sweep {
    sweep what;
    directory_slot entry;
  };
  std::map<caf::actor_addr, running_sweep> sweeps_;
};

reconcile_actor::behavior_type reconcile(observed_pointer<reconcile_actor, reconcile_state> self,
                                         directory_slot slot, reconcile_needs needs,
                                         reconcile_settings settings);

} // namespace nova

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(nova::look_for_sweeps)
