#pragma once

#include "actors/actor_metrics.hpp"
#include "actors/grant_calls.hpp"
#include "actors/live_limits.hpp"
#include "actors/observed_actor.hpp"
#include "actors/promised_answer.hpp"
#include "actors/query.hpp"
#include "mail/inboxes.hpp"
#include "messages/timer.hpp"
#include "nylas/pace_meter.hpp"
#include "nylas/pacing.hpp"
#include "pg/email/note_pace.hpp"

#include <caf/error.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <chrono>
#include <deque>
#include <map>
#include <optional>
#include <string>

namespace nova {

struct grant_limits {
  /// Calls that wait for their turn; beyond it askers get ec::overloaded.
  size_t waiting_max = 100'000;
  /// After that long without `call_ended` a permit lapses: who had it is gone.
  std::chrono::seconds permit_lease{180};
  /// Between two looks at the row whether a paused grant may be called again: the news may be lost.
  std::chrono::seconds paused_look{10};
  /// API_DELAY_MS: one call at a time with that pause, instead of the adaptive pace.
  std::optional<std::chrono::milliseconds> fixed_delay;
  /// What Google gives a mailbox in a minute (GMAIL_UNITS_PER_MINUTE).
  double google_units = nylas::google_units_usual;
  /// That part of the provider's limits: for who cannot reach the grant's home.
  double share = 1;
  /// For so long the pace is half: the home before this one may not have noticed yet that it is
  /// none any more.
  std::chrono::milliseconds careful_for{0};
  call_metrics metrics;
  /// What operators changed meanwhile, and whether anything can be called; may be null.
  std::shared_ptr<live_limits> live;
  /// Of the jitter; 0 takes a random one.
  uint64_t seed = 0;
  /// This node's name, for the row that says how fast a mailbox is called.
  std::string node = {};
};

/// Pace of one grant, asking (which provider?) ──▶ open ⇄ paused.
///
/// A paused grant refuses at once: it has expired, or its mailbox cannot be reached. It opens again
/// on `resume_grant`, or when its row says so. Who finds out and who probes: `provider_watch`.
struct grant_state : observed {
  using promise = promised_answer<permit_granted>;
  using time_point = nylas::pace::time_point;

  static inline const char* name = "grant";

  explicit grant_state(grant_actor::pointer self) : observed(self), self(self) {}

  struct asker {
    promise answer;
    double units = 1;
    time_point since;
    uint64_t peer = 0;
  };

  struct permit {
    double units = 1;
    nylas::lane lane = nylas::lane::backfill;
    time_point lapses;
  };

  void learn_provider();
  caf::result<permit_granted> ask(const ask_permit& request);
  void ended(const call_ended& call);
  void pause(const std::string& reason, bool away);
  void resume();
  void look_again();
  void give_permits();
  void moved();
  void forget(uint64_t peer);

  grant_actor::pointer self;
  grant_id grant;
  database_actor database;
  grant_limits limits;
  nylas::pace pace{nylas::limits_for("")};
  nylas::pace_limits of_provider = nylas::limits_for("");
  int64_t live_pause_ms = -1; // as of the last look
  bool asking = true;
  std::optional<time_point> learn_at;      // the provider is not known yet
  std::optional<time_point> careful_until; // the pace is half
  bool doubted = false;
  std::optional<caf::error> paused;             // what askers are told
  bool throttled = false;                       // since the last call that succeeded
  std::deque<asker> live, backfill, background; // who waits longest first
  std::map<uint64_t, permit> permits;
  uint64_t permit_count = 0;
  nylas::pace_meter meter; // of the backfill
  timer tick{self};
  timer look{self};

private:
  [[nodiscard]] time_point now() const;
  void lapse_permits();
  void follow_live_pace();
  std::chrono::milliseconds give_one(std::deque<asker>& askers, nylas::lane lane);
  void tick_after(std::chrono::milliseconds wait);
  [[nodiscard]] size_t waiting() const;
  [[nodiscard]] std::deque<asker>& askers_of(call_lane lane);
  void measure();
  void tell_pace();
  [[nodiscard]] pg::note_pace note_of() const;
  void learn(const inbox& of);
  void look_at_provider();

  std::string provider_;             // that the pace is of
  std::optional<time_point> told_;   // when the pace was told last
  std::optional<time_point> looked_; // when the provider was looked at last
};

grant_actor::behavior_type grant(observed_pointer<grant_actor, grant_state> self,
                                 directory_slot slot, grant_id id, database_actor database,
                                 grant_limits limits);

} // namespace nova
