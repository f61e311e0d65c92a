#pragma once

#include "pg/connection.hpp"

#include <string>

namespace nova::pg {

/// The secret that nodes of this database authenticate their links with; made by the migration.
/// Never logged, and in no message of an actor.
struct read_cluster_secret {
  static constexpr const char* name = "read_cluster_secret";

  std::string run(connection& conn) const;
};

} // namespace nova::pg
