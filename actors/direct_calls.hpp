#pragma once

#include "actors/grant_calls.hpp"
#include "actors/observed_actor.hpp"

#include <caf/typed_event_based_actor.hpp>

namespace nova {

/// The door of a command, which asks the provider beside the nodes: each call is made at once,
/// whatever the row of the inbox says, so that neither a pause nor an outage that a node found
/// keeps somebody from looking. What the provider throttles the asker waits for. A refusal fails
/// with ec::grant_paused and what was said, for nobody here can open the grant again. Nothing is
/// written. Event-based.
struct direct_calls_state : observed {
  static inline const char* name = "direct_calls";

  explicit direct_calls_state(grants_actor::pointer self) : observed(self), self(self) {}

  caf::result<api_answered> call(const call_grant& request);

  grants_actor::pointer self;
  http_client_actor http;
};

grants_actor::behavior_type direct_calls(observed_pointer<grants_actor, direct_calls_state> self,
                                         directory_slot slot, http_client_actor http);

} // namespace nova
