#pragma once

#include "base/finding.hpp"
#include "pg/connection.hpp"

#include <vector>

namespace nova::app {

/// Settings of the server with which it would store mail faster: of each a note whose advice is SQL
/// to paste; one that all is fine when they are. Nothing that gives up durability is among them.
/// Blocks; throws `pg::error`.
std::vector<base::finding> advise_on_server(pg::connection& conn);

} // namespace nova::app
