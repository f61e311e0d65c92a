#pragma once

#include "base/finding.hpp"
#include "pg/connection.hpp"
#include "pg/sentences.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nova::pg {

/// What the server and the tables say is wrong, the worst first, at most `limit`, causes before
/// what follows from them. Where the database lacks migrations it says only that. Waits for no lock
/// for longer than half a second a statement. Throws `pg::error` when the connection is lost.
std::vector<base::finding> find_trouble(connection& conn, int64_t limit);

/// A finding with what decided it.
struct trouble {
  std::string kind;     // `inbox/not_allowed`
  int64_t since_us = 0; // since 1970
  base::finding said;
};

/// What the tables say is wrong, as `find_trouble`; nothing when it could not look at all of it, or
/// when there is more than `limit`. Throws `pg::error` when the connection is lost.
std::optional<std::vector<trouble>> find_troubles(connection& conn, int64_t limit);

/// Whether the database was restored or copied, as `find_trouble` would say it.
std::optional<base::finding> find_restored(connection& conn);

/// The same as a JSON array of {next, text, what, level, since}.
std::string list_findings(connection& conn, int64_t limit);

/// How a kind that schema/cluster/queries/findings_of_*.sql return is said. Throws
/// `base::broken_promise` when there is none.
const sentence& sentence_of_finding(std::string_view kind);

} // namespace nova::pg
