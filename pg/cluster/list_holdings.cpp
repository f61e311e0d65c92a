#include "pg/cluster/list_holdings.hpp"

#include "schema/queries.hpp"

#include <utility>

namespace nova::pg {

node_holdings list_holdings::run(connection& conn) const {
  auto [claims, leases] =
    conn.exec(sql::list_holdings, node).one<int64_t, std::vector<std::string>>();
  return {claims, std::move(leases)};
}

} // namespace nova::pg
