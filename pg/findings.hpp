#pragma once

#include "pg/connection.hpp"
#include "pg/sentences.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nova::pg {

/// What the tables say is wrong with one thing.
struct table_finding {
  std::string level; // CRIT, WARN, or NOTE: somebody wants it so
  std::string what;  // a node, or KIND:NAME
  std::string text;
  std::optional<std::string> since; // as JSON has it
  std::string next;                 // a line of the shell, or what to do in words
};

/// The worst first, at most `limit`. Where the database lacks migrations it says only that.
std::vector<table_finding> find_trouble(connection& conn, int64_t limit);

/// The same as a JSON array of {next, text, what, level, since}.
std::string list_findings(connection& conn, int64_t limit);

/// How a kind that schema/cluster/queries/findings_of_*.sql return is said. Throws
/// `base::broken_promise` when there is none.
const sentence& sentence_of_finding(std::string_view kind);

} // namespace nova::pg
