#pragma once

#include "pg/connection.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace nova::pg {

/// A node that has not ended, as its peers need it.
struct member_row {
  int64_t id = 0, epoch = 0;
  std::string name, address, version, state;
  std::vector<std::string> roles;
  int32_t protocol = 1, protocol_min = 1, capacity = 0;
  std::string machine;
};

struct member_list {
  int64_t version = 0; // of the cluster
  std::vector<member_row> members;
};

/// By id.
struct list_members {
  static constexpr const char* name = "list_members";

  member_list run(connection& conn) const;
};

} // namespace nova::pg
