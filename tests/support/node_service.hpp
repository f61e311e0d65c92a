#pragma once

#include "pg/connection.hpp"
#include "tests/support/database_fixture.hpp"

#include <cstdint>
#include <string>

namespace nova::test {

/// A database of the Node service: its queues, and its tables from a file beside this one.
struct node_service {
  explicit node_service(const std::string& file = "node_service.sql");

  /// SQL without arguments.
  void run(const std::string& sql) {
    conn.run(sql.c_str());
  }

  int64_t count(const std::string& rest);
  int64_t waiting(const std::string& queue) {
    return count("pgmq.q_" + queue);
  }

  [[nodiscard]] const std::string& url() const noexcept {
    return database.url();
  }

  test_database database{test_database::content::empty};
  pg::connection conn{database.url()};
};

/// How many rows `select count(*) from REST` counts; for tests of what was written.
int64_t count_rows(pg::connection& conn, const std::string& rest);

} // namespace nova::test
