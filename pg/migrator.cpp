#include "pg/migrator.hpp"

#include "pg/error.hpp"
#include "pg/platform/has_function.hpp"
#include "pg/systems.hpp"
#include "schema/migrations.hpp"
#include "schema/queries.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>

// Ten processes that start together all come here. Each takes the advisory lock in the transaction
// that applies everything, and looks only then what is needed: the others find it done. The lock is
// a transaction's, not a session's, because behind a pooler a session is not ours.
namespace nova::pg {
namespace {

using status = enum migration_state::status;

struct history_entry {
  std::string checksum, applied_at;
};

using history = std::map<std::pair<std::string, std::string>, history_entry>;

std::string checksum(std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  if (EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha256(), nullptr) != 1)
    throw std::runtime_error("SHA-256 is not available");
  std::string out;
  for (unsigned i = 0; i < size; ++i) {
    constexpr auto digits = "0123456789abcdef";
    out += {digits[digest[i] >> 4], digits[digest[i] & 15]};
  }
  return out;
}

history read_history(connection& conn) {
  history all;
  auto [there] = conn.exec(sql::has_migration_history).rows<bool>().at(0);
  if (!there)
    return all;
  auto recorded = conn.exec(sql::list_migration_history);
  for (auto& [system, name, sum, at] :
       recorded.rows<std::string, std::string, std::string, std::string>())
    all[{system, name}] = {sum, at};
  return all;
}

std::string title(std::string_view system, std::string_view name) {
  return "migration " + std::string(system) + "/" + std::string(name);
}

/// Migrations that only databases from before the first release have: patches that are part of the
/// series now, and steps that have another number.
constexpr std::pair<std::string_view, std::string_view> of_the_earlier_series[] = {
  {"queue", "007_readers"},          {"cluster", "020_cluster_secret"},
  {"cluster", "021_votes"},          {"cluster", "022_held_leases"},
  {"cluster", "023_readers"},        {"cluster", "024_machines"},
  {"email", "006_documents"},        {"email", "007_search"},
  {"email", "020_node_claims"},      {"email", "021_discovery"},
  {"email", "021_discovery_tokens"}, {"email", "030_postpone_refetches"},
  {"email", "031_listed_messages"},  {"email", "040_rejects"},
  {"email", "041_provider_outages"},
};

bool is_in(const std::string& system, std::string_view candidate) {
  return system.empty() || system == candidate;
}

/// What every database has, what this one was given before, and what is chosen now.
std::set<std::string> wanted_systems(std::span<const sql::migration> migrations,
                                     const history& recorded,
                                     const std::vector<std::string>& chosen) {
  auto known = systems_of(migrations);
  std::set<std::string> wanted;
  for (const auto& name : chosen)
    if (name == every_system)
      wanted.insert(known.begin(), known.end());
    else if (std::ranges::find(known, name) != known.end())
      wanted.insert(name);
    else
      throw error(failure::refused,
                  "there is no system '" + name + "': accepted are " + accepted_systems(known));
  for (const auto& step : migrations)
    if (!step.optional || recorded.contains({step.system, step.name}))
      wanted.insert(step.system);
  return wanted;
}

/// The names of a step as an array; empty when it has none.
std::string names_of(const sql::migration& step) {
  return *step.names ? "{" + std::string(step.names) + "}" : std::string{};
}

std::string script_of(const std::vector<const sql::migration*>& steps,
                      const char* sql::migration::*script) {
  std::string out;
  for (auto step : steps)
    out += "-- " + title(step->system, step->name) + "\nbegin;\n" + step->*script + "\ncommit;\n\n";
  return out;
}

void refuse(connection& conn, const std::vector<std::string>& taken) {
  if (!taken.empty())
    conn.exec(sql::refuse_names, taken);
}

} // namespace

std::string_view to_string(status value) {
  switch (value) {
    case status::pending: return "pending";
    case status::applied: return "applied";
    case status::missing: return "missing";
    case status::changed: return "changed";
    case status::unknown: return "unknown";
  }
  return "unknown";
}

migrator::migrator(connection& conn) : migrator(conn, sql::migrations) {}

migrator::migrator(connection& conn, std::span<const sql::migration> migrations)
  : conn_(conn), migrations_(migrations) {}

std::vector<migration_state> migrator::status(const std::string& system) {
  auto recorded = read_history(conn_);
  auto shown = system.empty() ? wanted_systems(migrations_, recorded, {}) : std::set{system};
  std::vector<migration_state> all;
  for (const auto& step : migrations_) {
    auto found = recorded.extract({step.system, step.name});
    if (!shown.contains(step.system))
      continue;
    auto& state =
      all.emplace_back(migration_state{step.system, step.name, {}, {}, step.optional, {}});
    if (!found)
      continue;
    state.applied_at = found.mapped().applied_at;
    state.status = found.mapped().checksum == checksum(step.up) ? status::applied : status::changed;
  }
  for (const auto& [key, entry] : recorded)
    if (is_in(system, key.first))
      all.push_back({key.first, key.second, status::unknown, entry.applied_at, false, {}});
  return all;
}

std::vector<migration_state> migrator::inspect(const std::string& system) {
  transaction undone{conn_}; // a verify script looks only, and this holds it to that
  return inspect_within(system);
}

std::vector<migration_state> migrator::inspect_within(const std::string& system) {
  auto all = status(system);
  for (auto& state : all)
    if (state.status == status::applied && !(state.reason = fault_of(step_of(state))).empty())
      state.status = status::missing;
  return all;
}

std::string migrator::fault_of(const sql::migration& step) {
  if (!*step.verify)
    return {};
  std::string fault;
  conn_.run("savepoint before_look");
  try {
    run_script(step, step.verify);
  } catch (const error& e) {
    constexpr std::string_view no_rights = "42501";
    if (e.kind() != failure::refused || e.sqlstate() == no_rights)
      throw;
    fault = e.what();
  }
  conn_.run("rollback to savepoint before_look; release savepoint before_look");
  return fault;
}

const sql::migration& migrator::step_of(const migration_state& state) {
  auto found = std::ranges::find_if(migrations_, [&](const sql::migration& step) {
    return state.system == step.system && state.name == step.name;
  });
  return *found;
}

std::vector<std::string> migrator::not_chosen() {
  auto wanted = wanted_systems(migrations_, read_history(conn_), {});
  std::vector<std::string> others;
  for (auto& system : systems_of(migrations_))
    if (!wanted.contains(system))
      others.push_back(std::move(system));
  return others;
}

std::string migrator::earlier_series() {
  auto recorded = read_history(conn_);
  for (const auto& [system, name] : of_the_earlier_series)
    if (recorded.contains({std::string(system), std::string(name)}))
      return std::string(system) + "/" + std::string(name);
  return {};
}

void migrator::refuse_earlier_series() {
  if (auto found = earlier_series(); !found.empty())
    throw error(
      failure::refused,
      "the database was made by a Nova from before the first release (it has the migration " + found
        + "), which later ones do not continue; nothing was changed: give Nova a new "
          "database, `nova migrate up`, and backfill there, or undo them with the "
          "program that applied them (`nova migrate down --all --yes`), which drops "
          "their rows");
}

migrator::steps migrator::pending(const std::vector<std::string>& chosen) {
  refuse_earlier_series();
  auto recorded = read_history(conn_);
  auto wanted = wanted_systems(migrations_, recorded, chosen);
  steps due;
  for (const auto& step : migrations_) {
    auto found = recorded.find({step.system, step.name});
    if (found == recorded.end() && wanted.contains(step.system))
      due.push_back(&step);
    if (found != recorded.end() && found->second.checksum != checksum(step.up))
      throw error(failure::refused,
                  title(step.system, step.name) + ": its text differs from what was applied at "
                    + found->second.applied_at
                    + "; a released migration is never edited: restore it and add a new one");
  }
  return due;
}

migrator::steps migrator::applied(const std::string& system) {
  auto recorded = read_history(conn_);
  steps found;
  for (const auto& step : migrations_)
    if (recorded.contains({step.system, step.name}) && is_in(system, step.system))
      found.push_back(&step);
  return found;
}

migrator::steps migrator::applied_newest(const std::string& system, size_t count) {
  auto found = applied(system);
  std::ranges::reverse(found);
  if (count != 0 && count < found.size())
    found.resize(count);
  return found;
}

std::vector<migration_state> migrator::newest(const std::string& system, size_t steps) {
  refuse_earlier_series();
  std::vector<migration_state> found;
  for (auto step : applied_newest(system, steps))
    found.push_back({step->system, step->name, status::applied, {}, step->optional, {}});
  return found;
}

/// What is pending, and what is missing: of a system that lacks something also what came after it,
/// which may have replaced a function of it.
std::vector<migration_state> migrator::due(const std::vector<std::string>& chosen) {
  auto fresh = pending(chosen);
  std::vector<migration_state> found;
  std::set<std::string> broken;
  for (auto& state : inspect_within({})) {
    if (state.status == status::missing)
      broken.insert(state.system);
    if (state.status == status::missing
        || (state.status == status::applied && broken.contains(state.system)))
      found.push_back(std::move(state));
  }
  std::vector<migration_state> all;
  for (const auto& step : migrations_) {
    auto again = std::ranges::find_if(found, [&](const migration_state& state) {
      return state.system == step.system && state.name == step.name;
    });
    if (again != found.end())
      all.push_back(*again);
    else if (std::ranges::find(fresh, &step) != fresh.end())
      all.push_back({step.system, step.name, status::pending, {}, step.optional, {}});
  }
  return all;
}

migration_plan migrator::look(const std::vector<std::string>& chosen) {
  migration_plan found{due(chosen), {}, {}, {}};
  auto add = [](std::vector<std::string>& all, std::vector<std::string> more) {
    all.insert(all.end(), more.begin(), more.end());
  };
  for (const auto& state : found.steps) {
    auto names = names_of(step_of(state));
    if (names.empty())
      continue;
    know_names();
    add(found.makes, conn_.exec(sql::new_names, names).column<std::string>());
    add(found.adopts, conn_.exec(sql::adopted_names, names).column<std::string>());
    add(found.in_the_way, conn_.exec(sql::taken_names, names).column<std::string>());
  }
  return found;
}

migration_plan migrator::plan(const std::vector<std::string>& chosen) {
  transaction undone{conn_, transaction::access::read_write}; // for the functions of know_names
  return look(chosen);
}

migration_plan migrator::up(const std::vector<std::string>& chosen) {
  transaction whole{conn_};
  conn_.exec(sql::lift_statement_timeout);
  conn_.exec(sql::lock_migrations);
  auto planned = look(chosen);
  if (!planned.steps.empty()) {
    refuse(conn_, planned.in_the_way);
    conn_.exec(sql::create_migration_history);
    for (const auto& state : planned.steps)
      apply(state);
  }
  // Also where nothing was to be done: a role may have come meanwhile.
  conn_.exec(sql::set_rights);
  whole.commit();
  return planned;
}

void migrator::make_worker(const std::string& role) {
  conn_.exec(sql::make_worker, role);
}

size_t migrator::down(const std::string& system, size_t steps) {
  refuse_earlier_series();
  for (const auto& state : status(system))
    if (state.status == status::unknown)
      throw error(failure::refused, title(state.system, state.name)
                                      + ": was applied by a newer program; undo it with that one");
  auto newest_first = applied_newest(system, steps);
  expect_own_names(newest_first);
  size_t count = 0;
  for (auto step : newest_first)
    count += undo(*step) ? 1 : 0;
  return count;
}

/// The functions that look at names. The program's first migration brings them; where there is none
/// yet they are here for this transaction only, unless it applies that migration.
void migrator::know_names() {
  if (!has_function{"nova.new_names(text[])"}.run(conn_))
    run_script(sql::migrations[0], sql::migrations[0].up);
}

void migrator::expect_own_names(const steps& some) {
  transaction undone{conn_};
  conn_.exec(sql::lock_migrations); // two that make a schema at once can both find none
  std::vector<std::string> taken;
  for (auto step : some)
    if (auto names = names_of(*step); !names.empty()) {
      know_names();
      auto more = conn_.exec(sql::taken_names, names).column<std::string>();
      taken.insert(taken.end(), more.begin(), more.end());
    }
  refuse(conn_, taken);
}

void migrator::apply(const migration_state& state) {
  const auto& step = step_of(state);
  run_script(step, step.up);
  if (*step.verify)
    run_script(step, step.verify);
  if (state.status == status::pending)
    conn_.exec(sql::record_migration, step.system, step.name, checksum(step.up));
}

bool migrator::undo(const sql::migration& step) {
  transaction whole{conn_};
  conn_.exec(sql::lift_statement_timeout);
  conn_.exec(sql::lock_migrations);
  if (!read_history(conn_).contains({step.system, step.name}))
    return false;
  run_script(step, step.down);
  conn_.exec(sql::forget_migration, step.system, step.name);
  whole.commit();
  return true;
}

void migrator::run_script(const sql::migration& step, const char* script) {
  try {
    conn_.run(script);
  } catch (const error& e) {
    throw error(e.kind(), title(step.system, step.name) + ": " + e.what(), e.sqlstate());
  }
  if (!conn_.in_transaction())
    throw error(failure::refused,
                title(step.system, step.name)
                  + ": ends the transaction in which it runs; it must not COMMIT");
}

std::vector<std::string> migrator::verify(const std::string& system) {
  refuse_earlier_series();
  std::vector<std::string> failed;
  for (const auto& state : inspect(system))
    if (state.status == status::missing)
      failed.push_back(state.reason);
    else if (state.status == status::pending)
      failed.push_back(title(state.system, state.name) + ": is not applied");
  return failed;
}

std::string migrator::dry_run_up(const std::vector<std::string>& chosen) {
  return script_of(pending(chosen), &sql::migration::up);
}

std::string migrator::dry_run_down(const std::string& system, size_t steps) {
  refuse_earlier_series();
  return script_of(applied_newest(system, steps), &sql::migration::down);
}

} // namespace nova::pg
