#include "pg/platform/server_version.hpp"

#include "schema/queries.hpp"

#include <utility>

namespace nova::pg {

server_state server_version::run(connection& conn) const {
  auto [version, number, standby, time] =
    conn.exec(sql::server_version).one<std::string, int, bool, int64_t>();
  return {std::move(version), number, standby, time};
}

} // namespace nova::pg
