#include "pg/email/refresh_progress.hpp"

#include "pg/email/list_progress.hpp"
#include "schema/queries.hpp"

#include <optional>

namespace nova::pg {

std::vector<backfill_progress> refresh_progress::run(connection& conn) const {
  auto some = config.value.empty() ? std::nullopt : std::optional{config};
  conn.exec(sql::refresh_progress, some);
  auto all = list_progress{config}.run(conn);
  if (config.value.empty())
    std::erase_if(all, [](const auto& backfill) {
      return backfill.status != "pending" && backfill.status != "discovering"
             && backfill.status != "thread_sync";
    });
  return all;
}

} // namespace nova::pg
