#pragma once

#include "pg/audited.hpp"

#include <string>

namespace nova::app {

/// Who runs this program, by `$USER` or the number of the user, and who may do what the database
/// lets them: `admin`. `via` is the door: `command`, or `pg` for the shell over the tables.
pg::operator_identity operator_here(const char* via);

/// The line that a command leaves in the audit log for `pg::audited`. The words for `action` and
/// `target` are the shell's where it can do the same.
pg::operator_action by_command(std::string action, std::string target, std::string reason = {});

} // namespace nova::app
