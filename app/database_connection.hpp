#pragma once

#include "app/context.hpp"
#include "pg/connection.hpp"
#include "pg/error.hpp"

namespace nova::app {

/// How this program reaches the database. With only SUPABASE_URL set it says that DATABASE_URL is
/// what counts.
pg::connection_settings connection_settings(const settings& values);

/// Connects for a command, to look: what it changes goes through `pg::audited`. Throws
/// `command_error` with `exit_code::unreachable` that names the setting.
pg::connection connect(const context& ctx);

/// Connects for what changes more than one transaction may: migrations, upkeep, repairs.
pg::connection connect_to_write(const context& ctx);
pg::connection connect_to_write(const context& ctx, const char* system);

/// Connects to the database of the Node service, NOVA_ADOPT_FROM; what waits there for locks or
/// rows does so for a minute at most. Throws `command_error`: usage where it is not set,
/// unreachable.
pg::connection connect_to_source(const context& ctx, bool read_only);

/// Connects for a command of a system that not every database has. Where it was not chosen a
/// `command_error` says how to add it.
pg::connection connect(const context& ctx, const char* system);

/// A server's sentence for a terminal: in one line, without where in a function it was.
std::string short_reason(std::string text);

/// What a failure of the database means to somebody at a terminal: a lost connection exits with 3.
/// Of something that is not there, where to look why.
command_error explain(const pg::error& failure);

/// The same, and it looks why: says which migration lacks or is gone and what to run, or that what
/// is missing is none of Nova's.
command_error explain(const context& ctx, const pg::error& failure);

} // namespace nova::app
