#pragma once

#include "base/clock.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace nova::cluster {

/// What the kernel counts of a connection: since it was made, encryption included.
struct wire_figures {
  double round_trip_ms = 0; // smoothed
  uint64_t bytes_in = 0, bytes_out = 0;
};

/// Zeros where the socket is none of TCP.
[[nodiscard]] wire_figures figures_of(int socket);

/// A link as its node knows it.
struct link_row {
  int64_t node = 0; // the incarnation of the peer
  std::string peer, address;
  /// up; calling: this node calls the peer, `failures` times in a row in vain; awaited: the peer is
  /// younger, so it calls; none: there can be no link, `why` says the reason.
  std::string state;
  base::wall_time since;
  uint64_t failures = 0;
  std::string why; // of the last failure
  wire_figures wire;
};

/// As it stands in `load` of a node's row, where the view `links` finds it: `{"links": […]}`.
[[nodiscard]] std::string report_of(const std::vector<link_row>& rows);

} // namespace nova::cluster
