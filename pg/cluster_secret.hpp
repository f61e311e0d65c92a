#pragma once

#include "pg/connection.hpp"

#include <string>

namespace nova::pg {

/// The secret that nodes of this database authenticate their links with; made by the migration.
/// Never logged. Throws `pg::error`.
std::string read_cluster_secret(connection& conn);

} // namespace nova::pg
