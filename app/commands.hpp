#pragma once

#include "app/context.hpp"

#include <functional>
#include <map>
#include <string>

namespace CLI {
class App;
}

namespace nova::app {

/// What a parsed command line wants to be done, once the settings are loaded. Set by the callback
/// of the chosen subcommand. Throws `command_error`; `pg::error` and `std::exception` are turned
/// into exit codes by the program.
using action = std::function<exit_code(context&)>;

/// What a subcommand may set while the command line is parsed.
struct command_line {
  action chosen;
  /// Settings that were given as flags, by the setting's name; they win over everything else.
  std::map<std::string, std::string> flags;
};

/// Adds a subcommand with its options, help and examples.
using add_command = void (*)(CLI::App& root, command_line& line);

// One a file.
void add_config(CLI::App& root, command_line& line);
void add_run(CLI::App& root, command_line& line);
void add_shell(CLI::App& root, command_line& line);
void add_top(CLI::App& root, command_line& line);
void add_simulator(CLI::App& root, command_line& line);
void add_migrate(CLI::App& root, command_line& line);
void add_inbox(CLI::App& root, command_line& line);
void add_backfill(CLI::App& root, command_line& line);
void add_progress(CLI::App& root, command_line& line);
void add_queue(CLI::App& root, command_line& line);
void add_messenger(CLI::App& root, command_line& line);
void add_webhooks(CLI::App& root, command_line& line);
void add_threads(CLI::App& root, command_line& line);
void add_sync(CLI::App& root, command_line& line);
void add_alerts(CLI::App& root, command_line& line);
void add_assistant(CLI::App& root, command_line& line);
void add_maintenance(CLI::App& root, command_line& line);
void add_why(CLI::App& root, command_line& line);
void add_audit(CLI::App& root, command_line& line);
void add_certify(CLI::App& root, command_line& line);
void add_doctor(CLI::App& root, command_line& line);
void add_cluster(CLI::App& root, command_line& line);
void add_adopt(CLI::App& root, command_line& line);
void add_types(CLI::App& root, command_line& line);
void add_completion(CLI::App& root, command_line& line);

// Of `nova sync`.
void add_sync_configs(CLI::App& sync, command_line& line);

// Parts of `nova messenger`; of its `schedules`.
void add_schedules(CLI::App& schedules, command_line& line);
void add_consume(CLI::App& messenger, command_line& line);
void add_handlers(CLI::App& messenger, command_line& line);
void add_send(CLI::App& messenger, command_line& line);
void add_failed(CLI::App& messenger, command_line& line);

} // namespace nova::app
