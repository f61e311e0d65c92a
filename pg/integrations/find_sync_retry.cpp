#include "pg/integrations/find_sync_retry.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

scheduled_retry find_sync_retry::run(connection& conn) const {
  auto [count, at] = conn.exec(sql::find_sync_retry, id).one<int32_t, int64_t>();
  return {count, at};
}

} // namespace nova::pg
