#pragma once

#include "app/commands.hpp"

namespace nova::app {

/// `nova demo`.
void add_demo(CLI::App& root, command_line& line);

} // namespace nova::app
