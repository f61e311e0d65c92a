#pragma once

#include "app/doctor.hpp"
#include "pg/connection.hpp"

#include <vector>

namespace nova::app {

/// Settings of the server with which it would store mail faster: of each a finding that is `ok` and
/// has an advice, which is SQL to paste; one without when all are good. Nothing that gives up
/// durability is among them. Blocks; throws `pg::error`.
std::vector<finding> advise_on_server(pg::connection& conn);

} // namespace nova::app
