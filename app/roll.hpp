#pragma once

#include "app/context.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace nova::app {

struct roll_options {
  std::vector<std::string> nodes; // in this order; empty: all that live, by name
  /// Commands of /bin/sh in which `{node}` stands for the name; both empty: by `nova cluster up`.
  std::string stop, start;
  std::string reason = "upgrade";
  std::chrono::seconds drained_within{300};
  std::chrono::seconds ended_within{90};
  std::chrono::seconds ready_within{120};
  bool only_say = false; // what would be done
};

/// Restarts nodes one after the other: drains, waits, stops, starts, and waits until the node is
/// up, linked as before and steady. Says on `err` what it does and waits for; in the end prints a
/// row a node with the threads that backfills wrote a second before and after. The first failure
/// ends it: throws `command_error` that says in which state things are. What it drained and still
/// runs is undrained then, also when a signal ends it. Call it before any other thread exists.
exit_code roll_nodes(context& ctx, const roll_options& options);

} // namespace nova::app
