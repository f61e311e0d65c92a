#pragma once

#include "mail/ids.hpp"
#include "messages/done.hpp"
#include "messages/queue.hpp"
#include "messages/type_ids.hpp"

#include <caf/meta/type_name.hpp>
#include <caf/replies_to.hpp>
#include <caf/typed_actor.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace nova {

/// Takes notifications that wait for the provider, fairly among grants. `held[i]` of `grants[i]`
/// are in hand; with what comes there are at most `share` of each.
struct claim_parked {
  uint32_t limit = 0;
  uint32_t share = 0;
  std::vector<grant_id> grants;
  std::vector<uint32_t> held;
  int64_t node = 0; // the epoch of the node; 0: alone
};

template <class Inspector>
auto inspect(Inspector& f, claim_parked& x) {
  return f(caf::meta::type_name("claim_parked"), x.limit, x.share, x.grants, x.held, x.node);
}

/// A notification whose turn has come: `message.parked`. Its `read_ct` is the number of this try.
struct parked_notification {
  grant_id grant;
  queue_message message;
};

template <class Inspector>
auto inspect(Inspector& f, parked_notification& x) {
  return f(caf::meta::type_name("parked_notification"), x.grant, x.message);
}

/// Each is hidden for ten minutes, or until the node ends.
struct parked_claimed {
  std::vector<parked_notification> notifications;
};

template <class Inspector>
auto inspect(Inspector& f, parked_claimed& x) {
  return f(caf::meta::type_name("parked_claimed"), x.notifications);
}

/// It is due again after that pause.
struct parked_delay {
  notification_id id;
  uint32_t delay_ms = 0;
  bool failed = false; // by its own fault: a try is used
  std::string reason;
};

template <class Inspector>
auto inspect(Inspector& f, parked_delay& x) {
  return f(caf::meta::type_name("parked_delay"), x.id, x.delay_ms, x.failed, x.reason);
}

struct postpone_parked {
  std::vector<parked_delay> delays;
};

template <class Inspector>
auto inspect(Inspector& f, postpone_parked& x) {
  return f(caf::meta::type_name("postpone_parked"), x.delays);
}

/// Parks what one grant has beyond `share` among the first `window` messages of the queue.
struct park_floods {
  uint32_t share = 0, window = 0;
};

template <class Inspector>
auto inspect(Inspector& f, park_floods& x) {
  return f(caf::meta::type_name("park_floods"), x.share, x.window);
}

struct floods_parked {
  uint64_t notifications = 0;
};

template <class Inspector>
auto inspect(Inspector& f, floods_parked& x) {
  return f(caf::meta::type_name("floods_parked"), x.notifications);
}

/// There may be parked notifications whose turn has come.
struct look_for_parked {};

template <class Inspector>
auto inspect(Inspector& f, look_for_parked&) {
  return f(caf::meta::type_name("look_for_parked"));
}

/// Time to look whether some became due. It sends this to itself. `poll`: and to do so again.
struct parked_timer {
  bool poll = false;
};

template <class Inspector>
auto inspect(Inspector& f, parked_timer& x) {
  return f(caf::meta::type_name("parked_timer"), x.poll);
}

/// What parked notifications need of the database.
using parked_database_actor = caf::typed_actor<caf::replies_to<claim_parked>::with<parked_claimed>,
                                               caf::replies_to<postpone_parked>::with<done>,
                                               caf::replies_to<park_floods>::with<floods_parked>>;

/// Hands parked notifications to their handlers when their grant's turn has come.
using parked_notifications_actor =
  caf::typed_actor<caf::reacts_to<look_for_parked>, caf::reacts_to<parked_timer>>;

} // namespace nova
