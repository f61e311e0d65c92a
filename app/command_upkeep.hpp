#pragma once

#include "app/commands.hpp"

#include <string>

namespace nova::app {

/// `nova maintenance list|history|pause|resume`.
void add_upkeep(CLI::App& maintenance, command_line& line);

/// Has a node run a task now, whichever comes first. Throws `command_error` where there is none.
exit_code ask_for_upkeep(context& ctx, const std::string& task);

/// Runs a task now that is not built in, due or not, paused or not. Throws `command_error` where it
/// failed, or somebody runs it.
exit_code run_upkeep_now(context& ctx, const std::string& task);

} // namespace nova::app
