#include "pg/email/failed_threads.hpp"

#include "schema/queries.hpp"

#include <optional>

namespace nova::pg {

std::vector<failed_thread> failed_threads::run(connection& conn) const {
  std::vector<failed_thread> all;
  auto of = config.value.empty() ? std::nullopt : std::optional{config};
  auto failed = conn.exec(sql::failed_threads, of, limit);
  for (auto& [id, thread, reason, attempts, at] :
       failed.rows<config_id, thread_id, std::string, uint32_t, int64_t>())
    all.push_back({std::move(id), std::move(thread), std::move(reason), attempts, at});
  return all;
}

} // namespace nova::pg
