#include "pg/platform/server_zone.hpp"

#include "schema/queries.hpp"

#include <utility>

namespace nova::pg {

time_zones server_zone::run(connection& conn) const {
  auto [session, log, is_utc, counts_days] =
    conn.exec(sql::server_zone).one<std::string, std::string, bool, bool>();
  return {std::move(session), std::move(log), is_utc, counts_days};
}

} // namespace nova::pg
