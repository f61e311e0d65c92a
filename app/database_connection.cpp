#include "app/database_connection.hpp"

#include "pg/connection_string.hpp"
#include "pg/migrator.hpp"
#include "pg/systems.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace nova::app {
namespace {

/// Undefined table, function, column, schema.
bool is_of_something_missing(const std::string& sqlstate) {
  return sqlstate == "42P01" || sqlstate == "42883" || sqlstate == "42703" || sqlstate == "3F000";
}

std::string where_from(const settings& values) {
  if (!values.database_url.empty())
    return "DATABASE_URL";
  if (!values.supabase_url.empty())
    return "DATABASE_URL is not set (SUPABASE_URL and SUPABASE_SERVICE_KEY are accepted, but the "
           "program connects with DATABASE_URL: the project's connection string); the PG* "
           "variables";
  return "DATABASE_URL is not set; the PG* variables";
}

pg::connection connect_as(const context& ctx, bool read_only) {
  if (auto fault = pg::connection_string_fault(ctx.values().database_url))
    throw command_error(exit_code::usage, "DATABASE_URL cannot be read; " + *fault);
  try {
    auto settings = connection_settings(ctx.values());
    settings.read_only = read_only;
    return pg::connection{std::move(settings)};
  } catch (const pg::error& failure) {
    throw command_error(exit_code::unreachable, "cannot reach the database ("
                                                  + where_from(ctx.values())
                                                  + "): " + short_reason(failure.what()));
  }
}

pg::connection with_system(pg::connection conn, const char* system) {
  if (!pg::has_system(conn, system))
    throw command_error(exit_code::failed, std::string("the system ") + system
                                             + " is not installed in this database: run `nova "
                                               "migrate up --system "
                                             + system + "`");
  return conn;
}

/// Why something may not be there.
std::string why_missing(const context& ctx) {
  auto conn = connect(ctx);
  for (const auto& state : pg::migrator{conn}.inspect()) {
    auto name = state.system + "/" + state.name;
    if (state.status == pg::migration_state::status::pending)
      return "the database lacks the migration " + name + ": run `nova migrate up`";
    if (state.status == pg::migration_state::status::missing)
      return "something of the migration " + name
             + " is gone: run `nova migrate up`, which brings it back";
  }
  return "the database has every migration, and all of them are as they were left: what is "
         "missing is not Nova's, or is in no schema that this role may use";
}

} // namespace

std::string short_reason(std::string text) {
  while (!text.empty() && text.back() == '\n')
    text.pop_back();
  // Where in a function the server was is no help at a terminal.
  if (auto context = text.find("(PL/pgSQL function"); context != std::string::npos)
    text.erase(text.find_last_not_of(' ', context - 1) + 1);
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

pg::connection_settings connection_settings(const settings& values) {
  pg::connection_settings made;
  made.url = values.database_url;
  made.prepare = values.database_prepare;
  made.application_name = "nova/command";
  return made;
}

pg::connection connect(const context& ctx) {
  return connect_as(ctx, true);
}

pg::connection connect(const context& ctx, const char* system) {
  return with_system(connect(ctx), system);
}

pg::connection connect_to_write(const context& ctx) {
  return connect_as(ctx, false);
}

pg::connection connect_to_write(const context& ctx, const char* system) {
  return with_system(connect_to_write(ctx), system);
}

pg::connection connect_to_source(const context& ctx, bool read_only) {
  pg::connection_settings settings;
  settings.url = ctx.values().adopt_from;
  settings.application_name = "nova/adopt";
  settings.read_only = read_only;
  // A batch waits there for what is written here.
  settings.idle_in_transaction_timeout = std::chrono::minutes{1};
  // A table of a million messages is counted and sorted by its key, which may have no index.
  settings.statement_timeout = std::chrono::minutes{10};
  if (settings.url.empty())
    throw command_error(exit_code::usage,
                        "NOVA_ADOPT_FROM is not set: the database of the Node service, such as "
                        "postgresql://USER:PASSWORD@HOST:5432/postgres");
  if (auto fault = pg::connection_string_fault(settings.url))
    throw command_error(exit_code::usage, "NOVA_ADOPT_FROM cannot be read; " + *fault);
  try {
    return pg::connection{std::move(settings)};
  } catch (const pg::error& failure) {
    throw command_error(exit_code::unreachable,
                        "cannot reach the database of the Node service (NOVA_ADOPT_FROM): "
                          + short_reason(failure.what()));
  }
}

command_error explain(const pg::error& failure) {
  auto text = short_reason(failure.what());
  if (failure.kind() == pg::failure::lost || failure.kind() == pg::failure::in_doubt)
    return {exit_code::unreachable, "the connection to the database was lost: " + text};
  if (is_of_something_missing(failure.sqlstate()))
    text += "; `nova migrate status` says what the database lacks";
  return {exit_code::failed, text};
}

command_error explain(const context& ctx, const pg::error& failure) {
  auto plain = explain(failure);
  if (!is_of_something_missing(failure.sqlstate()))
    return plain;
  try {
    return {exit_code::failed, why_missing(ctx) + " (" + short_reason(failure.what()) + ")"};
  } catch (const std::exception&) {
    return plain; // it cannot be looked at
  }
}

} // namespace nova::app
