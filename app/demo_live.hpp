#pragma once

#include "app/demo.hpp"
#include "app/demo_report.hpp"
#include "app/demo_world.hpp"
#include "nylas/simulator/live.hpp"

namespace nova::app {

/// The run of changes that a demo makes: `live_changes` and `live_rate`, or what the file of
/// `live_script` says instead. Throws `command_error` that names the file and what is wrong in it.
nylas::simulator::live_options live_run_of(const demo_options& options);

/// The mailbox changes, and the database must follow by webhook, also when PostgreSQL is restarted
/// meanwhile. Fills in what became of the notifications. Blocks.
void follow_changes(demo_world& world, const nylas::simulator::live_options& run,
                    const demo_options& options, demo_display& display, demo_summary& result);

} // namespace nova::app
