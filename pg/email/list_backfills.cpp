#include "pg/email/list_backfills.hpp"

#include "schema/queries.hpp"

#include <optional>

namespace nova::pg {

std::vector<backfill_config> list_backfills::run(connection& conn) const {
  std::vector<backfill_config> all;
  auto one = config.value.empty() ? std::nullopt : std::optional{config};
  auto found = conn.exec(sql::list_backfills, one);
  for (auto& [id, inbox, grant, provider, inbox_status, status, start, end, done, attempts] :
       found.rows<config_id, inbox_id, grant_id, std::string, std::string, std::string, int64_t,
                  int64_t, bool, uint32_t>())
    all.push_back({std::move(id), std::move(inbox), std::move(grant), std::move(provider),
                   std::move(inbox_status), std::move(status), start, end, done, attempts});
  return all;
}

} // namespace nova::pg
