#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace nova::cluster {

/// A node that has not ended.
struct member {
  int64_t id = 0, epoch = 0;
  std::string name, address, version, state;
  std::vector<std::string> roles;
  uint32_t protocol = 1, protocol_min = 1, capacity = 0;
  /// False: its address is a loopback one of another machine; only its lease says whether it lives.
  bool reachable = true;
};

struct members {
  int64_t version = 0; // grows with each change
  int64_t self = 0;
  std::vector<member> nodes; // including self, ordered by id
};

} // namespace nova::cluster
