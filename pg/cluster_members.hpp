#pragma once

#include "pg/cluster.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
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
/// By id. Throws `pg::error`, as the others here.
member_list list_members(connection& conn);

/// Who has a name.
struct namesake {
  int64_t id = 0;
  std::string address, machine;
  std::chrono::seconds up{0};
  int64_t heartbeat_at = 0; // microseconds since 1970
};
/// Nothing when no node of that name has a lease that runs.
std::optional<namesake> find_namesake(connection& conn, std::string_view name);

/// A vote that a node is gone.
struct suspicion {
  int64_t voter = 0, suspected = 0;
  bool refused = false; // nobody listens at its address
  std::string why;
};
/// True when that declared it dead.
bool suspect_node(connection& conn, const suspicion& vote,
                  std::chrono::milliseconds lease = default_lease);

/// Declares dead whose lease ran out; returns them. None when this node was not steady itself.
std::vector<int64_t> expire_nodes(connection& conn, int64_t judge,
                                  std::chrono::milliseconds lease = default_lease);

} // namespace nova::pg
