#pragma once

#include "app/commands.hpp"

namespace nova::demo {

/// `nova demo`.
void add_demo(CLI::App& root, app::command_line& line);

} // namespace nova::demo
