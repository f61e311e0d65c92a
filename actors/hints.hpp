#pragma once

#include "actors/observed_actor.hpp"
#include "actors/query.hpp"
#include "messages/work_hints.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <map>
#include <string>

namespace nova {

/// Who hears which hint.
struct hints_state : observed {
  static inline const char* name = "hints";

  explicit hints_state(hints_actor::pointer self) : observed(self), self(self) {}

  void may_be_complete();
  void wants_completion(completion_hint_actor by);
  void gone(const caf::actor_addr& listener);

  hints_actor::pointer self;
  database_actor database; // null: no other node is told
  bool announcing = false; // one at a time
  bool announce_again = false;
  threads_hint_actor threads;
  completion_hint_actor completion;
  std::map<std::string, queue_hint_actor> queues; // as many as the node reads

private:
  void announce();
};

/// See `hints_actor`.
hints_actor::behavior_type hints(observed_pointer<hints_actor, hints_state> self,
                                 base::directory_slot slot, database_actor database);

} // namespace nova
