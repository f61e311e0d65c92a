#pragma once

#include "pg/connection.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace nova::pg {

/// Where a message of the messenger is and what holds it, by its id or the id of its failure
/// (nova.explain_job): the chain from its sender to its handler, as explain_backfill has it.
std::string explain_job(connection& conn, std::string_view id, int64_t limit);

} // namespace nova::pg
