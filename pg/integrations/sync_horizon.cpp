#include "pg/integrations/sync_horizon.hpp"

#include "schema/queries.hpp"

#include <utility>

namespace nova::pg {

sync_moment sync_horizon::run(connection& conn) const {
  auto [now, oldest, all] =
    conn.exec(sql::sync_horizon).one<std::string, std::optional<std::string>, bool>();
  return {std::move(now), std::move(oldest), all};
}

} // namespace nova::pg
