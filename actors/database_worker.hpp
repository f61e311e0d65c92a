#pragma once

#include "base/directory.hpp"
#include "pg/connection.hpp"

#include <caf/actor_system.hpp>
#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/replies_to.hpp>
#include <caf/typed_actor.hpp>

#include <functional>
#include <string>

namespace nova {

/// Something to do with a connection; `name` is what a log and the directory show.
struct database_job {
  const char* name = "";
  std::function<void(pg::connection&)> run;
};

/// The job has run.
struct job_done {};

/// One connection and the thread that blocks on it.
using database_worker_actor = caf::typed_actor<
  // Fails as `database_actor` says; a lost connection is made again at the next job.
  caf::replies_to<database_job>::with<job_done>>;

/// How a connection is made. The URL may hold a password: it never travels in a message.
struct database_settings {
  std::string url;
  /// DATABASE_PREPARE: off behind a pooler in transaction mode.
  bool prepare = true;
  /// By it the cluster ends the sessions of a node that was declared dead: see nova.cut_off.
  std::string application_name = "nova/worker";
};

/// `slot` may be empty.
database_worker_actor spawn_database_worker(caf::actor_system& system,
                                            const database_settings& settings,
                                            base::directory_slot slot = {});

} // namespace nova

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(nova::database_job)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(nova::job_done)
