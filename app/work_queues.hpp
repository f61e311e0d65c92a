#pragma once

#include "actors/read_queue.hpp"
#include "app/node_settings.hpp"

#include <vector>

namespace nova::app {

struct services;

/// A queue that a node works on. Its only row: listener, readers, metrics, ages and doctor go by
/// it.
struct work_queue {
  const char* name;      // in PostgreSQL
  const char* reader;    // the kind of the actor that reads it
  role of;               // under the supervisor of that role, as its last child
  queue_content content; // how its messages are read
  queue_work_actor (*worker)(const services&);
};
const std::vector<work_queue>& work_queues();

} // namespace nova::app
