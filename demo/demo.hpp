#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace nova::demo {

struct demo_options {
  uint64_t threads = 1000;
  /// Messages a thread; 0: as a real mailbox has them, about four in the mean.
  uint32_t messages = 0;
  size_t body_bytes = 4096;
  uint32_t nodes = 1;
  uint64_t seed = 1;
  /// Where the private PostgreSQL and the logs live; empty: a temporary folder that goes with the
  /// demo.
  std::string folder;
  /// A fault script for the simulator, as a file; empty: none.
  std::string faults;
  /// Kills a node with SIGKILL so many times while the backfill runs, at random points, and starts
  /// it again.
  uint32_t kills = 0;
  /// Replies a second while the backfill lists and syncs, beside half as many other changes; none
  /// when `live_changes` is 0.
  double replies_meanwhile = 5;
  /// Changes in the mailbox after the backfill that arrive by webhook.
  uint32_t live_changes = 100;
  /// Changes a second.
  double live_rate = 100;
  /// How the changes come, as a file of JSON (docs/simulator.md, live); it wins over the two above.
  std::string live_script;
  /// Restarts PostgreSQL so many times while they come, every second time by a crash.
  uint32_t restart_database = 0;
  /// Whose habits the mailbox has: nylas (which sets no pace), google, microsoft or imap.
  std::string provider = "nylas";
  /// BACKFILL_STRATEGY of the nodes.
  std::string strategy = "messages";
  /// Stays up until a signal comes.
  bool serve = false;
  bool json = false;
};

/// A mailbox is backfilled into a private PostgreSQL by a real node process, from a simulated
/// provider; then the mailbox changes and the database follows; then both are compared, row by row.
/// Returns the exit code: 0 verified, 1 not.
int run_demo(const demo_options& options);

} // namespace nova::demo
