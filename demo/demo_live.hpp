#pragma once

#include "demo/demo.hpp"
#include "demo/demo_report.hpp"
#include "demo/demo_world.hpp"
#include "simulator/live.hpp"

#include <memory>

namespace nova::demo {

/// The run of changes that a demo makes: `live_changes` and `live_rate`, or what the file of
/// `live_script` says instead. Throws `app::command_error` that names the file and what is wrong in
/// it.
simulator::live_options live_run_of(const demo_options& options);

class acknowledged_notifications;

/// The mailbox changes, and the database must follow by webhook: while the backfill runs, and
/// afterwards.
class demo_changes {
public:
  demo_changes(demo_world& world, const demo_options& options);

  /// Begins to tell a node of all changes, and to make those that come while the backfill runs.
  void begin();
  /// The backfill is over: no more of those. Blocks until each was delivered or given up.
  void end_meanwhile(demo_display& display, demo_summary& result);
  /// The changes of `run`, also while PostgreSQL is restarted. Blocks.
  void follow(const simulator::live_options& run, demo_display& display, demo_summary& result);
  /// Fills in what became of all notifications. Blocks until each has had its effect.
  void prove(demo_summary& result);

private:
  demo_world& world_;
  const demo_options& options_;
  std::shared_ptr<acknowledged_notifications> acknowledged_;
};

} // namespace nova::demo
