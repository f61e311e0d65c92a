#pragma once

#include "actors/observed_actor.hpp"
#include "messages/hints.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <map>
#include <string>

namespace nova {

/// Who hears which hint.
struct hints_state : observed {
  static inline const char* name = "hints";

  explicit hints_state(hints_actor::pointer self) : observed(self) {}

  threads_hint_actor threads;
  completion_hint_actor completion;
  std::map<std::string, queue_hint_actor> queues; // as many as the node reads
};

/// See `hints_actor`.
hints_actor::behavior_type hints(observed_pointer<hints_actor, hints_state> self,
                                 base::directory_slot slot);

} // namespace nova
