#pragma once

#include "actors/database_worker.hpp"
#include "actors/query.hpp"
#include "jobs/handler.hpp"
#include "syncs/sync_work.hpp"

#include <chrono>
#include <memory>

namespace nova::syncs {

struct sync_needs {
  database_actor database; // looks whether the claim is still good
  /// Each run has a connection of its own, whose statements may take long.
  database_settings connection;
  sync_means means;
  std::shared_ptr<actor_directory> directory = {};
  /// How often the claim is looked at: so long a cancelled run goes on.
  std::chrono::milliseconds look{2'000};
};

/// Does runs of syncs: the job's type is the run's id. The run ends itself (`nova.end_sync_run`).
/// When its actor is ended, by a drain or because somebody cancelled it, the statements that it
/// runs are cancelled and the page that it is at is rolled back.
jobs::handler sync_handler(const sync_needs& needs);

} // namespace nova::syncs
