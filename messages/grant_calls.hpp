#pragma once

#include "mail/ids.hpp"
#include "messages/api_calls.hpp"
#include "messages/type_ids.hpp"

#include <caf/meta/type_name.hpp>
#include <caf/replies_to.hpp>
#include <caf/typed_actor.hpp>

#include <cstdint>
#include <string>

namespace nova {

/// What a call is for: live mail goes first.
enum class call_lane : uint8_t { live, backfill };
std::string to_string(call_lane);

/// How a call ended, as far as pace and health of its grant care.
enum class call_outcome : uint8_t { succeeded, throttled, auth_failed, failed };
std::string to_string(call_outcome);

/// A call for one grant. `units` is the estimated price in the provider's currency.
struct call_grant {
  grant_id grant;
  call_lane lane = call_lane::backfill;
  double units = 1;
  call_api call;
};

template <class Inspector>
auto inspect(Inspector& f, call_grant& x) {
  return f(caf::meta::type_name("call_grant"), x.grant, x.lane, x.units, x.call);
}

/// Asks the one `grant` actor of a grant for leave to call. All who ask are served in the order in
/// which they began to wait, wherever they do.
struct ask_permit {
  call_lane lane = call_lane::backfill;
  double units = 1;
  uint32_t waited_ms = 0; // already: at another home, or for a link
  uint64_t peer = 0;      // for whom the home asks; 0: for itself. See `forget_peer`
};

template <class Inspector>
auto inspect(Inspector& f, ask_permit& x) {
  return f(caf::meta::type_name("ask_permit"), x.lane, x.units, x.waited_ms, x.peer);
}

/// Leave for one call. Who got it reports `call_ended` with the same number, else it lapses after
/// two minutes.
struct permit_granted {
  uint64_t permit = 0;
};

template <class Inspector>
auto inspect(Inspector& f, permit_granted& x) {
  return f(caf::meta::type_name("permit_granted"), x.permit);
}

/// How the permitted call went.
struct call_ended {
  uint64_t permit = 0;
  call_outcome outcome = call_outcome::succeeded;
  caf::optional<double> units; // as billed
  uint32_t took_ms = 0;
  uint32_t retry_after_ms = 0; // 0: the provider did not say
  std::string reason;
};

template <class Inspector>
auto inspect(Inspector& f, call_ended& x) {
  return f(caf::meta::type_name("call_ended"), x.permit, x.outcome, x.units, x.took_ms,
           x.retry_after_ms, x.reason);
}

/// Asks the home of a grant for leave to call; see `ask_permit`.
struct ask_remote_permit {
  grant_id grant;
  call_lane lane = call_lane::backfill;
  double units = 1;
  uint32_t waited_ms = 0; // see `ask_permit`
};

template <class Inspector>
auto inspect(Inspector& f, ask_remote_permit& x) {
  return f(caf::meta::type_name("ask_remote_permit"), x.grant, x.lane, x.units, x.waited_ms);
}

/// How a call that another node's grant permitted went.
struct remote_call_ended {
  grant_id grant;
  call_ended call;
};

template <class Inspector>
auto inspect(Inspector& f, remote_call_ended& x) {
  return f(caf::meta::type_name("remote_call_ended"), x.grant, x.call);
}

/// `grant.expired` and the like: stop calling for it.
struct pause_grant {
  grant_id grant;
  std::string reason;
  bool passed_on = false; // from another node: it goes no further
  bool away = false;      // it need not be authorised again: its mailbox cannot be reached
};

template <class Inspector>
auto inspect(Inspector& f, pause_grant& x) {
  return f(caf::meta::type_name("pause_grant"), x.grant, x.reason, x.passed_on, x.away);
}

/// It was authorised again, or can be reached again.
struct resume_grant {
  grant_id grant;
  bool passed_on = false; // as in `pause_grant`
};

template <class Inspector>
auto inspect(Inspector& f, resume_grant& x) {
  return f(caf::meta::type_name("resume_grant"), x.grant, x.passed_on);
}

/// Another node paces the grant now: who waits is told ec::not_home, and the actor ends.
struct grant_moved {};

template <class Inspector>
auto inspect(Inspector& f, grant_moved&) {
  return f(caf::meta::type_name("grant_moved"));
}

/// A peer is lost: what it asked for is not waited for any more.
struct forget_peer {
  uint64_t peer = 0;
};

template <class Inspector>
auto inspect(Inspector& f, forget_peer& x) {
  return f(caf::meta::type_name("forget_peer"), x.peer);
}

/// Pace and health of one grant; one actor a grant in the whole cluster.
using grant_actor = caf::typed_actor<
  // Answers when a call may start; fails with ec::grant_paused, ec::provider_unreachable, or
  // ec::overloaded when too many wait.
  caf::replies_to<ask_permit>::with<permit_granted>,
  // Frees the place and adapts the pace.
  caf::reacts_to<call_ended>, caf::reacts_to<pause_grant>, caf::reacts_to<resume_grant>,
  caf::reacts_to<grant_moved>, caf::reacts_to<forget_peer>>;

/// The node's door to the API: waits for the permit of the grant's home, calls, reports.
using grants_actor = caf::typed_actor<
  // Answers with whatever the API said about what was asked for; `alone` when that is at fault.
  // Fails with ec::grant_paused, ec::provider_unreachable, ec::rate_limited or ec::overloaded when
  // it is not: the same again later may succeed, and no attempt is used.
  caf::replies_to<call_grant>::with<api_answered>, caf::reacts_to<pause_grant>,
  caf::reacts_to<resume_grant>>;

/// The same, which also gives permits to its peers for the grants whose home it is.
using grants_home_actor = grants_actor::extend<
  // For the node's agent; see `node_agent_actor`.
  caf::replies_to<ask_remote_permit>::with<permit_granted>, caf::reacts_to<remote_call_ended>>;

} // namespace nova
