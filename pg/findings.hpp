#pragma once

#include "pg/connection.hpp"
#include "pg/sentences.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace nova::pg {

/// What the tables say is wrong, the worst first, at most `limit`: a JSON array of {next, text,
/// what, level, since}. Where the database lacks migrations it says only that.
std::string list_findings(connection& conn, int64_t limit);

/// How a kind that schema/cluster/queries/findings_of_*.sql return is said. Throws
/// `base::broken_promise` when there is none.
const sentence& sentence_of_finding(std::string_view kind);

} // namespace nova::pg
