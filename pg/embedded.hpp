#pragma once

#include <string>

namespace nova::pg {

struct embedded_settings {
  /// Made by initdb when it is empty, reused when it is a cluster of the same version.
  std::string folder;
  /// Lines of postgresql.conf, for benchmarks and tests (`fsync=off`).
  std::string extra_configuration;
};

/// A private PostgreSQL on a unix socket in its own folder, without TCP: finds the server's programs, runs them
/// as another user when we are root, stops cleanly. Blocks; for the demo and for tests.
class embedded {
public:
  /// Starts it. Throws `std::runtime_error` that says what is missing and how to install it.
  explicit embedded(embedded_settings settings);
  ~embedded();

  embedded(const embedded&) = delete;
  embedded& operator=(const embedded&) = delete;

  /// A connection string for that database name.
  [[nodiscard]] std::string url(const std::string& database = "postgres") const;

  /// Fast shutdown and start again, for tests. `crash` is an immediate one.
  void restart(bool crash = false);
  void stop();

private:
  embedded_settings settings_;
  std::string socket_folder_;
  std::string binaries_;
  bool running_ = false;
};

} // namespace nova::pg
