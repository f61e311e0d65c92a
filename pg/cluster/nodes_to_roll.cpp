#include "pg/cluster/nodes_to_roll.hpp"

#include "schema/queries.hpp"

#include <utility>

namespace nova::pg {

std::vector<node_to_roll> nodes_to_roll::run(connection& conn) const {
  using texts = std::vector<std::string>;
  std::vector<node_to_roll> all;
  auto nodes = conn.exec(sql::nodes_to_roll, int64_t{lease.count()});
  for (auto& [id, node, state, machine, version, alive, steady, claims, leases, up, never] :
       nodes.rows<int64_t, std::string, std::string, std::string, std::string, bool, bool, int64_t,
                  int64_t, texts, texts>())
    all.push_back({id, std::move(node), std::move(state), std::move(machine), std::move(version),
                   alive, steady, static_cast<uint64_t>(claims), static_cast<uint64_t>(leases),
                   std::move(up), std::move(never)});
  return all;
}

} // namespace nova::pg
