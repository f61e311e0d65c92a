#pragma once

#include "app/context.hpp"

#include <string>

namespace nova::app {

/// What a command that destroys needs before it begins: `--yes`, or at a terminal the answer `y`.
/// `what` says what will be gone, as a sentence without its full stop. Throws `command_error`:
/// usage where nobody can be asked, failed where the answer was no.
void expect_consent(const context& ctx, bool yes, const std::string& what);

} // namespace nova::app
