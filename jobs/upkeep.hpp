#pragma once

#include "actors/database_worker.hpp"
#include "actors/query.hpp"
#include "jobs/handler.hpp"
#include "jobs/upkeep_work.hpp"

#include <chrono>
#include <cstdint>
#include <memory>

namespace nova::jobs {

struct upkeep_needs {
  database_actor database; // for built-in tasks, and to end all of them
  /// Other tasks have a connection of their own while they run, whose statements may take long.
  database_settings connection;
  upkeep_means means;
  std::shared_ptr<actor_directory> directory = {};
  /// Messages that one statement of `fill_search` makes searchable.
  uint32_t search_batch = 500;
  /// The least pause between two such statements, and how many times as long as the last one took
  /// it is: mail goes first.
  std::chrono::milliseconds search_pause{1000};
  uint32_t search_idle_factor = 9;
};

/// Runs a task of upkeep, whose name is the job's type and whose kind, target and options are in
/// its body, and ends it with what became of it in `nova.end_upkeep`. When its actor is ended, the
/// statement that it runs is cancelled.
handler upkeep_handler(const upkeep_needs& needs);

} // namespace nova::jobs
