#include "pg/email/count_adopted.hpp"

#include "schema/queries.hpp"

#include <utility>

namespace nova::pg {

std::vector<adopted_count> count_adopted::run(connection& conn) const {
  std::vector<adopted_count> all;
  auto found = conn.exec(sql::count_adopted);
  for (auto& [table, copied, rejected] : found.rows<std::string, int64_t, int64_t>())
    all.push_back({std::move(table), copied, rejected});
  return all;
}

} // namespace nova::pg
