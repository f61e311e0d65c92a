#pragma once

#include "pg/connection.hpp"
#include "pg/sentences.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace nova::pg {

/// Why a backfill does or does not progress: the chain from the provider to the row, at most
/// `limit` steps of it, as a JSON array of {next, step, text, since, state}. The first step that is
/// not ok BLOCKS, what is not ok after it waits. Empty when there is no such backfill.
std::string explain_backfill(connection& conn, std::string_view config, int64_t limit);

/// How a kind that schema/cluster/queries/explain_*.sql return is said. Throws
/// `base::broken_promise` when there is none.
const sentence& sentence_of_step(std::string_view kind);

} // namespace nova::pg
