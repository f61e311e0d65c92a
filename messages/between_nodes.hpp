#pragma once

#include "mail/ids.hpp"
#include "messages/wire.hpp"

#include <caf/actor_control_block.hpp>
#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/replies_to.hpp>
#include <caf/typed_actor.hpp>

#include <cstdint>
#include <string>

namespace nova {

/// This node takes nothing new any more.
struct yield_children {};

/// Gives permits for the grants whose home is on its node.
using grant_home_actor = caf::typed_actor<
  // See `node_agent_actor`.
  caf::replies_to<ask_remote_permit>::with<permit_granted>, caf::reacts_to<remote_call_ended>,
  caf::reacts_to<pause_grant>, caf::reacts_to<resume_grant>>;

/// Answers the questions of the inspection API for its node.
using inspector_actor = caf::typed_actor<caf::replies_to<inspect_node>::with<node_inspected>,
                                         caf::replies_to<order_actor>::with<order_answered>>;

/// The one door of a node for its peers: the only actor that is published. A request to a node that
/// is lost gets no answer, so every one has a finite time-out.
using node_agent_actor = caf::typed_actor<
  // Answers who this is. The links of both sides now have each other's agent.
  caf::replies_to<greet>::with<greeted>,
  // Answers once the child is spawned. Fails with ec::not_possible when the kind cannot run here,
  // ec::stopped when the node is draining, ec::stale_claim when that generation was abandoned.
  caf::replies_to<spawn_child_here>::with<child_here>,
  // Remembers the generation, so that its late start is refused.
  caf::reacts_to<kill_child_here>,
  // Answers when a call may start. Fails with ec::not_home when the grant lives elsewhere now,
  // ec::grant_paused, or ec::overloaded.
  caf::replies_to<ask_remote_permit>::with<permit_granted>, caf::reacts_to<remote_call_ended>,
  // Meant for the home of a grant; passed on by who learns of them.
  caf::reacts_to<pause_grant>, caf::reacts_to<resume_grant>,
  // Answers for this node alone. Status 501 until the inspection API is there.
  caf::replies_to<inspect_node>::with<node_inspected>,
  // Does to an actor of this node what an operator asks for. 501 as before.
  caf::replies_to<order_actor>::with<order_answered>>;

/// A `node_agent` as its own node has it.
using hosting_agent_actor = node_agent_actor::extend<
  // Ends what it hosts, so that it goes on elsewhere.
  caf::reacts_to<yield_children>>;

} // namespace nova

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(nova::yield_children)
