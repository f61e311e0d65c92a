#pragma once

#include "pg/connection.hpp"
#include "pg/embedded.hpp"

#include <string>

namespace nova::test {

/// The private PostgreSQL of this test executable: started at the first call, ended with the
/// program, also when that crashes. Nothing is synced to disk. Shared by all cases: who restarts a
/// server makes an own `pg::embedded` in a `temporary_folder`.
pg::embedded& database_server();

/// A folder that goes with its object. When the process is killed, the next test executable removes
/// it.
class temporary_folder {
public:
  temporary_folder();
  ~temporary_folder();

  temporary_folder(const temporary_folder&) = delete;
  temporary_folder& operator=(const temporary_folder&) = delete;

  [[nodiscard]] const std::string& path() const noexcept {
    return path_;
  }

private:
  std::string path_;
};

/// A database that is dropped with its object, together with whoever is still connected.
class test_database {
public:
  enum class content { empty, migrated };

  explicit test_database(content content);
  ~test_database();

  test_database(const test_database&) = delete;
  test_database& operator=(const test_database&) = delete;

  [[nodiscard]] const std::string& url() const noexcept {
    return url_;
  }

private:
  std::string name_;
  std::string url_;
};

/// Own database for a case, cloned from a template with every migration applied, and a connection
/// to it.
struct database_fixture {
  test_database database{test_database::content::migrated};
  pg::connection conn{database.url()};

  /// What a query answers here.
  template <class Query>
  auto perform(Query query) {
    return query.run(conn);
  }

  /// For more connections and for programs.
  [[nodiscard]] const std::string& url() const noexcept {
    return database.url();
  }
};

/// The same without any migration.
struct empty_database_fixture {
  test_database database{test_database::content::empty};
  pg::connection conn{database.url()};

  [[nodiscard]] const std::string& url() const noexcept {
    return database.url();
  }
};

} // namespace nova::test
