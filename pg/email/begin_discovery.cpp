#include "pg/email/begin_discovery.hpp"

#include "pg/email/list_backfills.hpp"
#include "pg/error.hpp"
#include "schema/queries.hpp"

namespace nova::pg {

begun_discovery begin_discovery::run(connection& conn) const {
  begun_discovery begun;
  auto left = conn.exec(sql::begin_discovery, config, token);
  for (auto& [id, start, end, cursor] : left.rows<int64_t, int64_t, int64_t, std::string>())
    begun.windows.push_back({id, start, end, std::move(cursor)});
  auto found = list_backfills{config}.run(conn);
  if (found.empty())
    throw error(failure::refused, "no configuration has the id '" + config.value + "'");
  begun.backfill = std::move(found.front());
  return begun;
}

} // namespace nova::pg
