#include "pg/email/list_progress.hpp"

#include "schema/queries.hpp"

#include <optional>

namespace nova::pg {

std::vector<backfill_progress> list_progress::run(connection& conn) const {
  std::vector<backfill_progress> all;
  auto some = config.value.empty() ? std::nullopt : std::optional{config};
  auto found = conn.exec(sql::list_progress, some);
  for (auto& [id, inbox, email, status, queued, processing, completed, failed, total, messages,
              windows, listed, started_at, completed_at, gaps, unreadable, percent, eta, eta_low,
              eta_high, usable_at, usable, binds, expected] :
       found
         .rows<config_id, inbox_id, std::string, std::string, uint64_t, uint64_t, uint64_t,
               uint64_t, uint64_t, uint64_t, uint32_t, uint32_t, int64_t, int64_t, std::string,
               uint64_t, double, int64_t, int64_t, int64_t, int64_t, bool, std::string, uint64_t>())
    all.push_back({std::move(id),
                   std::move(inbox),
                   std::move(email),
                   std::move(status),
                   queued,
                   processing,
                   completed,
                   failed,
                   total,
                   messages,
                   windows,
                   listed,
                   started_at,
                   completed_at,
                   std::move(gaps),
                   unreadable,
                   percent,
                   eta,
                   eta_low,
                   eta_high,
                   usable_at,
                   usable,
                   std::move(binds),
                   expected});
  return all;
}

} // namespace nova::pg
