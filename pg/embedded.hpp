#pragma once

#include "pg/watchdog.hpp"

#include <memory>
#include <string>

namespace nova::pg {

struct embedded_settings {
  /// Gets `data` (made by initdb, reused when it is there), `server.log` and `lock`. Created when
  /// it is missing.
  std::string folder;
  /// Lines for postgresql.conf, for benchmarks and tests; they win over ours.
  std::string extra_configuration = {};
  /// False: nothing is synced to disk, for tests. A crash of the machine then loses the data.
  bool durable = true;
};

/// A private PostgreSQL on a unix socket in its own folder, without TCP: finds the server's
/// programs, runs them as another user when we are root, stops cleanly, and ends with this process
/// even when that is killed. Blocks; for the demo and for tests.
class embedded {
public:
  /// Starts it. Throws `std::runtime_error` that says what is missing and what to do about it.
  explicit embedded(embedded_settings settings);
  ~embedded();

  embedded(const embedded&) = delete;
  embedded& operator=(const embedded&) = delete;

  /// A connection URI for that database name, as the superuser.
  [[nodiscard]] std::string url(const std::string& database = "postgres") const;

  /// The user as whom the server runs.
  [[nodiscard]] const server_user& user() const noexcept {
    return user_;
  }

  /// Fast shutdown and start again, for tests. `crash` is an immediate one.
  void restart(bool crash = false);

  /// Fast shutdown. Idempotent; `restart()` starts it again.
  void stop();

private:
  /// Keeps a second process out of the folder.
  class folder_lock;

  void make_cluster();
  void end_leftover();
  void configure() const;
  void start();
  void wait_until_ready();
  [[nodiscard]] std::string data() const;
  [[nodiscard]] std::string configuration_file() const;
  [[nodiscard]] std::string log() const;
  [[noreturn]] void fail(const std::string& what) const;

  embedded_settings settings_;
  server_user user_;
  std::string socket_folder_;
  std::string binaries_;
  std::unique_ptr<folder_lock> lock_;
  std::unique_ptr<watchdog> watchdog_;
};

} // namespace nova::pg
