#pragma once

#include "pg/cluster/default_lease.hpp"
#include "pg/connection.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <set>
#include <string>

namespace nova::pg {

/// Renews all that the node holds, by name and token, with one statement. Answers with the names of
/// those that are still its own.
struct renew_leases {
  static constexpr const char* name = "renew_leases";

  int64_t node = 0;
  std::map<std::string, int64_t> held; // token by name
  std::chrono::milliseconds lease = default_lease;

  std::set<std::string> run(connection& conn) const;
};

} // namespace nova::pg
