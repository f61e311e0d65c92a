#pragma once

#include "pg/connection.hpp"
#include "schema/statement.hpp"

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
    missing, // applied, and something of it is gone or is not as it was left; see `reason`
    changed, // applied with another text than the program has
    unknown, // applied by a newer program
  } status = status::pending;
  std::string applied_at; // ISO 8601 in UTC; empty unless applied
  bool optional = false;  // no role of a node needs its system
  std::string reason;     // what its verify script says; of a missing one only
};

/// What `up` would do here, from a look at the history and at what is really there.
struct migration_plan {
  std::vector<migration_state>
    steps;                         // in their order: pending ones, and missing ones that come back
  std::vector<std::string> makes;  // names that there are not yet, as nova.expect_names has them
  std::vector<std::string> adopts; // tables of somebody else's that are used as they are, and whose
  std::vector<std::string> in_the_way; // what is taken, and whose it is: `up` refuses
};

std::string_view to_string(enum migration_state::status status);

/// Runs the embedded migrations under one advisory lock, all that are due in one transaction, with
/// a history table (`nova.schema_migrations`: system, name, checksum, applied_at). An empty
/// `system` means all that the database has or must have: a system that somebody chose is known by
/// its history. Works through a pooler in transaction mode. Throws `pg::error`; a failed
/// migration's text names it, and nothing of the whole run stays.
class migrator {
public:
  explicit migrator(connection& conn);

  /// With a list of its own instead of the program's, in the order in which they are applied; for
  /// tests.
  migrator(connection& conn, std::span<const sql::migration> migrations);

  /// What the history says: never `missing`, and quick.
  std::vector<migration_state> status(const std::string& system = {});

  /// The same, and whether it is really there: runs every verify script.
  std::vector<migration_state> inspect(const std::string& system = {});

  /// The systems that nobody chose for this database.
  std::vector<std::string> not_chosen();

  /// The name of a migration of the series that was before the first release, if the database has
  /// one; else empty. No later program continues that series: all but `status` refuse it,
  /// unchanged, and say what to do.
  std::string earlier_series();

  /// What `up` would do. Changes nothing and waits for nobody. Refuses a system that there is not,
  /// and a migration that was applied with another text.
  migration_plan plan(const std::vector<std::string>& chosen = {});

  /// Applies what is pending of the systems that every database has, of those that were chosen
  /// before, and of those that are chosen now ("all": every one), and brings back what was applied
  /// and is gone: from the first of a system that is missing on. All of it or nothing; what another
  /// process applies meanwhile is waited for. Returns what was done. Refuses as `plan` does, and
  /// when a name is taken by something that is not Nova's, with all that are.
  migration_plan up(const std::vector<std::string>& chosen = {});

  /// Makes a role that nodes can run as, or gives one that is there what they need. From then on
  /// each `up` grants it what new tables want.
  void make_worker(const std::string& role);

  /// What `down` would undo: the newest `steps` (0: all) of a system, or of all systems.
  std::vector<migration_state> newest(const std::string& system, size_t steps);

  /// Undoes them. Returns how many. Refuses when a newer program has applied some that this one
  /// does not know, or when something of theirs is no longer Nova's.
  size_t down(const std::string& system, size_t steps);

  /// What of the systems that the database has or must have is not applied, or is not as it was
  /// left: a sentence each.
  std::vector<std::string> verify(const std::string& system = {});

  /// The SQL that `up` would run for what is pending.
  std::string dry_run_up(const std::vector<std::string>& chosen = {});
  std::string dry_run_down(const std::string& system, size_t steps);

private:
  using steps = std::vector<const sql::migration*>;

  void apply(const migration_state& state);
  bool undo(const sql::migration& step);
  std::vector<migration_state> inspect_within(const std::string& system);
  std::string fault_of(const sql::migration& step);
  std::vector<migration_state> due(const std::vector<std::string>& chosen);
  migration_plan look(const std::vector<std::string>& chosen);
  void know_names();
  void expect_own_names(const steps& some);
  void run_script(const sql::migration& step, const char* script);
  void refuse_earlier_series();
  const sql::migration& step_of(const migration_state& state);
  steps pending(const std::vector<std::string>& chosen);
  steps applied(const std::string& system);
  steps applied_newest(const std::string& system, size_t count);

  connection& conn_;
  std::span<const sql::migration> migrations_;
};

} // namespace nova::pg
