#include "pg/cluster/take_leases.hpp"

#include "schema/queries.hpp"

#include <utility>

namespace nova::pg {

std::map<std::string, int64_t> take_leases::run(connection& conn) const {
  std::map<std::string, int64_t> taken;
  auto rows = conn.exec(sql::take_leases, names, node, lease.count());
  for (auto& [taken_name, token] : rows.rows<std::string, int64_t>())
    taken.emplace(std::move(taken_name), token);
  return taken;
}

} // namespace nova::pg
