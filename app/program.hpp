#pragma once

#include "app/commands.hpp"

#include <iosfwd>
#include <map>
#include <string>
#include <vector>

namespace nova::app {

/// The whole program, apart from what only a process has: `arguments` without the program's name,
/// `environment` as variables. Prints to `out` and `err`. Returns the exit code: 0 done, 1 the work
/// failed, 2 wrong usage or configuration, 3 a dependency cannot be reached. `answers` is the
/// terminal of a person who can be asked, if there is one. `others` are commands of rooms above
/// this one, listed first.
int run_program(const std::vector<std::string>& arguments,
                const std::map<std::string, std::string>& environment, std::ostream& out,
                std::ostream& err, std::istream* answers = nullptr,
                const std::vector<add_command>& others = {});

} // namespace nova::app
