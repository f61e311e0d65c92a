#pragma once

#include "app/context.hpp"
#include "shell/backend.hpp"

#include <memory>

namespace nova::app {

/// `--pg`: the shell without any node, straight from the tables. Connects with DATABASE_URL at
/// once; throws `command_error` when it cannot. `who` goes into the audit log.
std::unique_ptr<shell::backend> make_table_backend(const context& ctx);

} // namespace nova::app
