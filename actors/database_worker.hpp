#pragma once

#include "actors/directory.hpp"
#include "actors/query.hpp"

#include <caf/actor_system.hpp>

#include <string>

namespace nova {

/// How a connection is made. The URL may hold a password: it never travels in a message.
struct database_settings {
  std::string url;
  /// DATABASE_PREPARE: off behind a pooler in transaction mode.
  bool prepare = true;
  /// By it the cluster ends the sessions of a node that was declared dead: see nova.cut_off.
  std::string application_name = "nova/worker";
};

/// One connection and the thread that blocks on it; a lost connection is made again at the next
/// query. `slot` may be empty.
database_actor spawn_database_worker(caf::actor_system& system, const database_settings& settings,
                                     directory_slot slot = {});

} // namespace nova
