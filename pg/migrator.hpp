#pragma once

#include "pg/connection.hpp"

#include <functional>
#include <string>
#include <vector>

namespace nova::pg {

/// Where a migration stands.
struct migration_state {
  std::string system, name;
  enum class status { pending, applied, changed, unknown } status = status::pending; // unknown: applied by a newer program
  std::string applied_at; // empty unless applied
};

/// Runs the embedded migrations under one advisory lock, each in a transaction of its own, with a history table
/// (`nova.schema_migrations`: system, name, checksum, applied_at). A migration that was applied with another text is an error that
/// names it. An empty `system` means all. Works through a pooler in transaction mode.
class migrator {
public:
  explicit migrator(connection& conn);

  std::vector<migration_state> status(const std::string& system = {});
  /// Applies what is pending; calls `applied` after each. Returns how many.
  size_t up(const std::string& system = {},
            const std::function<void(const migration_state&)>& applied = {});
  /// Undoes the newest `steps` (0: all) of a system, or of all systems.
  size_t down(const std::string& system, size_t steps = 0);
  /// Runs every verify script of what is applied; returns what each failed one says.
  std::vector<std::string> verify(const std::string& system = {});
  /// The SQL that `up` would run.
  std::string dry_run_up(const std::string& system = {});
  std::string dry_run_down(const std::string& system = {});

private:
  connection& conn_;
};

} // namespace nova::pg
