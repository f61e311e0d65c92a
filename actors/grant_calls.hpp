#pragma once

#include "actors/directory.hpp"
#include "actors/http_client.hpp"
#include "mail/ids.hpp"
#include "messages/wire.hpp"

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/replies_to.hpp>
#include <caf/typed_actor.hpp>

#include <cstdint>
#include <string>

namespace nova {

/// A call for one grant.
struct call_grant {
  grant_id grant;
  call_lane lane = call_lane::backfill;
  nylas::api_request call;
  /// Of who asks and does nothing else meanwhile: there it is said that leave is waited for.
  weak_slot asker = {};
};

/// Asks the one `grant` actor of a grant for leave to call. All who ask are served in the order in
/// which they began to wait, wherever they do.
struct ask_permit {
  call_lane lane = call_lane::backfill;
  double units = 1;       // that it should cost; see `nylas::price_list`
  uint32_t waited_ms = 0; // already: at another home, or for a link
  uint64_t peer = 0;      // for whom the home asks; 0: for itself. See `forget_peer`
};

/// Another node paces the grant now: who waits is told ec::not_home, and the actor ends.
struct grant_moved {};

/// A peer is lost: what it asked for is not waited for any more.
struct forget_peer {
  uint64_t peer = 0;
};

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

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(nova::call_grant)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(nova::ask_permit)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(nova::grant_moved)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(nova::forget_peer)
