#include "pg/email/count_rejects.hpp"

#include "schema/queries.hpp"

#include <utility>

namespace nova::pg {

std::vector<reject_count> count_rejects::run(connection& conn) const {
  std::vector<reject_count> all;
  auto found = conn.exec(sql::count_rejects);
  for (auto& [inbox, email, kind, count, reason] :
       found.rows<inbox_id, std::string, std::string, uint64_t, std::string>())
    all.push_back({std::move(inbox), std::move(email), std::move(kind), count, std::move(reason)});
  return all;
}

} // namespace nova::pg
