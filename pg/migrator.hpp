#pragma once

#include "pg/connection.hpp"
#include "schema/statement.hpp"

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace nova::pg {

/// Where a migration stands.
struct migration_state {
  std::string system, name;
  enum class status {
    pending,
    applied,
    changed, // applied with another text than the program has
    unknown, // applied by a newer program
  } status = status::pending;
  std::string applied_at; // ISO 8601 in UTC; empty unless applied
  bool optional = false;  // no role of a node needs its system
};

std::string_view to_string(enum migration_state::status status);

/// Runs the embedded migrations under one advisory lock, each in a transaction of its own, with a
/// history table
/// (`nova.schema_migrations`: system, name, checksum, applied_at). An empty `system` means all that
/// the database has or must have: a system that somebody chose is known by its history.
/// Works through a pooler in transaction mode. Throws `pg::error`; a failed migration's text names
/// it, and nothing of it stays.
class migrator {
public:
  explicit migrator(connection& conn);

  /// With a list of its own instead of the program's, in the order in which they are applied; for
  /// tests.
  migrator(connection& conn, std::span<const sql::migration> migrations);

  std::vector<migration_state> status(const std::string& system = {});

  /// The systems that nobody chose for this database.
  std::vector<std::string> not_chosen();

  /// The name of a migration of the series that was before the first release, if the database has
  /// one; else empty. No later program continues that series: all but `status` refuse it,
  /// unchanged, and say what to do.
  std::string earlier_series();

  /// Applies what is pending of the systems that every database has, of those that were chosen
  /// before, and of those that are chosen now ("all": every one); calls `applied` after each.
  /// Returns how many. Refuses, before anything is applied, a system that there is not, when a
  /// migration that was applied has another text now, and when a name is taken by something that is
  /// not Nova's, with all that are. What another process applies meanwhile is skipped.
  size_t up(const std::vector<std::string>& chosen = {},
            const std::function<void(const migration_state&)>& applied = {});

  /// Makes a role that nodes can run as, or gives one that is there what they need. From then on
  /// each `up` grants it what new tables want.
  void make_worker(const std::string& role);

  /// What `down` would undo: the newest `steps` (0: all) of a system, or of all systems.
  std::vector<migration_state> newest(const std::string& system, size_t steps);

  /// Undoes them. Returns how many. Refuses when a newer program has applied some that this one
  /// does not know, or when something of theirs is no longer Nova's.
  size_t down(const std::string& system, size_t steps);

  /// Runs every verify script of what is applied; returns what each failed one says.
  std::vector<std::string> verify(const std::string& system = {});

  /// The SQL that `up` would run.
  std::string dry_run_up(const std::vector<std::string>& chosen = {});
  std::string dry_run_down(const std::string& system, size_t steps);

private:
  bool apply(const sql::migration& step);
  bool undo(const sql::migration& step);
  void expect_own_names(const std::vector<const sql::migration*>& steps);
  void run_script(const sql::migration& step, const char* script);
  void refuse_earlier_series();
  bool is_recorded(const sql::migration& step);
  std::vector<const sql::migration*> pending(const std::vector<std::string>& chosen);
  std::vector<const sql::migration*> applied(const std::string& system);
  std::vector<const sql::migration*> applied_newest(const std::string& system, size_t steps);

  connection& conn_;
  std::span<const sql::migration> migrations_;
};

} // namespace nova::pg
