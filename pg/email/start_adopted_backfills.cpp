#include "pg/email/start_adopted_backfills.hpp"

#include "schema/queries.hpp"

#include <utility>

namespace nova::pg {

std::vector<adopted_backfill> start_adopted_backfills::run(connection& conn) const {
  std::vector<adopted_backfill> all;
  auto started = conn.exec(sql::start_adopted_backfills, who);
  for (auto& [inbox, config, from, messages] :
       started.rows<std::string, std::string, std::string, int64_t>())
    all.push_back({std::move(inbox), std::move(config), std::move(from), messages});
  return all;
}

} // namespace nova::pg
