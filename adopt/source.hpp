#pragma once

#include "adopt/tables.hpp"
#include "pg/adoption/source_page.hpp"
#include "pg/connection.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace nova::adopt {

/// The database of the Node service, as it was found.
struct source {
  pg::connection& conn;
  std::string schema;
  std::vector<found_table> tables;
  /// Nova is in the same database, so what is in its queues is Nova's.
  bool shares_queues = false;

  /// Null where there is no such table.
  [[nodiscard]] const found_table* find(const std::string& known_name) const;
  [[nodiscard]] pg::source_place place(const found_table& table) const;
  /// How many messages a queue has; nothing: there is no such queue, or it is Nova's.
  [[nodiscard]] std::optional<int64_t> queue_length(const std::string& queue) const;
};

/// Looks which tables are there and which column is what. Throws `unfit` for a mapping that is
/// none, and where no table of the Node service is there.
source open_source(pg::connection& conn, const std::string& schema,
                   const std::vector<mapping>& mappings);

/// What stands in the way of copying, a sentence each; empty: nothing.
std::vector<std::string> obstacles(const source& from);

/// Throws `unfit` that names all of them.
void expect_fit(const source& from);

} // namespace nova::adopt
