#pragma once

#include "adopt/compare.hpp"
#include "adopt/copy.hpp"
#include "adopt/source.hpp"
#include "pg/email/list_adopt_rejects.hpp"
#include "tests/support/node_service.hpp"

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace nova::test {

/// A database of the Node service, and one of Nova beside it.
struct adopt_fixture : database_fixture {
  explicit adopt_fixture(const std::string& file = "node_service.sql") : service(file) {}

  [[nodiscard]] adopt::source source(const std::vector<std::string>& maps = {}) {
    std::vector<adopt::mapping> mappings;
    for (const auto& map : maps)
      mappings.push_back(adopt::parse_mapping(map));
    return adopt::open_source(service.conn, "public", mappings);
  }

  /// What was written of each table.
  std::map<std::string, int64_t> copy(const std::vector<std::string>& maps = {},
                                      const adopt::copy_limits& limits = {}) {
    std::map<std::string, int64_t> written;
    adopt::copy_rows(source(maps), conn, limits, [&](const adopt::copy_progress& now) {
      written[now.table->known->name] = now.written;
      return true;
    });
    return written;
  }

  /// Whether rows that hold this are there, such as `flux_inboxes where status = 'active'`.
  int64_t count(const std::string& rest) {
    return count_rows(conn, rest);
  }

  /// The reason for which a row was not copied; empty: there is none.
  std::string reject(const std::string& table, const std::string& id) {
    for (const auto& one : pg::list_adopt_rejects{1000}.run(conn))
      if (one.table == table && one.id == id)
        return one.reason;
    return "";
  }

  bool verified(const std::vector<std::string>& maps = {}) {
    for (const auto& one : adopt::compare_rows(source(maps), conn))
      if (!one.equal())
        return false;
    return true;
  }

  node_service service;
};

} // namespace nova::test
