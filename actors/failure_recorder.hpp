#pragma once

#include "actors/failure.hpp"
#include "actors/observed_actor.hpp"
#include "actors/query.hpp"
#include "messages/timer.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <atomic>
#include <memory>
#include <optional>

namespace nova {

/// What a `failure_recorder` needs.
struct failure_recorder_needs {
  std::shared_ptr<actor_directory> directory;
  database_actor database;
  /// The number of the last failure that is written; outlives the actor, so that a restart writes
  /// none twice.
  std::shared_ptr<std::atomic<uint64_t>> written;
  std::optional<int64_t> node; // whose failures they are; nothing: a node alone has no number
};

struct failure_recorder_state : observed {
  static inline const char* name = "failure_recorder";

  explicit failure_recorder_state(failure_recorder_actor::pointer self)
    : observed(self), self(self) {}

  void follow();

  failure_recorder_actor::pointer self;
  timer next{self};
  failure_recorder_needs needs;
  bool singly = false; // one a statement: the server refused several together

private:
  void refused(uint64_t last, const caf::error& reason);
};

/// See `failure_recorder_actor`. Event-based: it never waits.
failure_recorder_actor::behavior_type
failure_recorder(observed_pointer<failure_recorder_actor, failure_recorder_state> self,
                 directory_slot slot, failure_recorder_needs needs);

} // namespace nova
