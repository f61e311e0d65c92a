#pragma once

#include "app/node.hpp"

namespace nova::app {

/// Runs a node until SIGTERM or SIGINT, which let what runs finish; a second signal ends the
/// process at once. A service manager that asks for it hears READY, STATUS, WATCHDOG and
/// STOPPING. Does not return: exits with 0 after a stop, with 1 when the supervision tree
/// gave up. Call it before any other thread exists: the signals are blocked first, so that every
/// thread leaves them to this one.
[[noreturn]] void run_node(node_settings settings);

} // namespace nova::app
