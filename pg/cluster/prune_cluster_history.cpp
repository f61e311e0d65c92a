#include "pg/cluster/prune_cluster_history.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

pruned_history prune_cluster_history::run(connection& conn) const {
  auto [failures, nodes] = conn.exec(sql::prune_cluster_history).one<int64_t, int64_t>();
  return {failures, nodes};
}

} // namespace nova::pg
