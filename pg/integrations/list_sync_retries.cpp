#include "pg/integrations/list_sync_retries.hpp"

#include "schema/queries.hpp"

#include <utility>

namespace nova::pg {

std::vector<sync_retry> list_sync_retries::run(connection& conn) const {
  std::vector<sync_retry> all;
  auto found = conn.exec(sql::list_sync_retries, only_due, limit);
  for (auto& [id, original, integration, stream, retry, max, at, due] :
       found.rows<std::string, std::string, std::string, std::string, int32_t, int32_t, int64_t,
                  bool>())
    all.push_back({std::move(id), std::move(original), std::move(integration), std::move(stream),
                   retry, max, at, due});
  return all;
}

} // namespace nova::pg
