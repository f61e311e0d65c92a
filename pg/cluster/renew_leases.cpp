#include "pg/cluster/renew_leases.hpp"

#include "schema/queries.hpp"

#include <vector>

namespace nova::pg {

std::set<std::string> renew_leases::run(connection& conn) const {
  std::vector<std::string> names;
  std::vector<int64_t> tokens;
  for (const auto& [held_name, token] : held) {
    names.push_back(held_name);
    tokens.push_back(token);
  }
  auto still = conn.exec(sql::renew_leases, node, names, tokens, lease.count());
  auto kept = still.column<std::string>();
  return {kept.begin(), kept.end()};
}

} // namespace nova::pg
