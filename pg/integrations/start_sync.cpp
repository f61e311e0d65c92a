#include "pg/integrations/start_sync.hpp"

#include "schema/queries.hpp"

#include <utility>

namespace nova::pg {

sync_claim start_sync::run(connection& conn) const {
  auto started = conn.exec(sql::start_sync, config, worker.name, worker.lease.count(), triggered_by,
                           max_retries);
  auto [id, token] = started.one<std::string, int64_t>();
  return {std::move(id), token};
}

} // namespace nova::pg
