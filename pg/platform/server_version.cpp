#include "pg/platform/server_version.hpp"

#include "schema/queries.hpp"

#include <utility>

namespace nova::pg {

server_state server_version::run(connection& conn) const {
  auto [version, standby, time] = conn.exec(sql::server_version).one<std::string, bool, int64_t>();
  return {std::move(version), standby, time};
}

} // namespace nova::pg
