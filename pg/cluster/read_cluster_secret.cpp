#include "pg/cluster/read_cluster_secret.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

std::string read_cluster_secret::run(connection& conn) const {
  return conn.exec(sql::read_cluster_secret).value<std::string>();
}

} // namespace nova::pg
