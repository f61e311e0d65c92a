#pragma once

#include "app/context.hpp"

#include <csignal>
#include <cstdint>
#include <map>
#include <ostream>
#include <string>

namespace nova::app {

struct local_cluster_options {
  uint32_t nodes = 3;
  std::string roles;     // as of `nova run`; empty: all
  std::string name;      // of the nodes, each with its number behind it
  std::string http, api; // of the first node; the others serve none
  /// The settings that were given to this command, for its children.
  std::map<std::string, std::string> environment;
};

/// What `nova cluster roll` tells that process, with the number of a node's process as the signal's
/// value: to end that node and leave it ended; and to start again the node that had that number,
/// from the file of the program as it is now.
constexpr int hold_node = SIGUSR1;
constexpr int start_held_node = SIGUSR2;

/// Runs that many `nova run` under this process until SIGTERM or SIGINT, which is passed on; a
/// second signal kills them. What they print goes to `out`, each line with the node's name before
/// it. A node that the others declared dead, or that crashes, is started again, with a pause that
/// grows while it keeps ending; one that refuses its settings is not. Call it before any other
/// thread exists. Done when every node ended in order, usage
/// when one refused its settings.
exit_code run_local_cluster(const local_cluster_options& options, std::ostream& out);

} // namespace nova::app
