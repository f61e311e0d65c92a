#include "pg/email/count_taken.hpp"

#include "schema/queries.hpp"

#include <utility>

namespace nova::pg {

std::vector<taken_count> count_taken::run(connection& conn) const {
  std::vector<taken_count> all;
  auto found = conn.exec(sql::count_taken);
  for (auto& [queue, became, messages, returned] :
       found.rows<std::string, std::string, int64_t, int64_t>())
    all.push_back({std::move(queue), std::move(became), messages, returned});
  return all;
}

} // namespace nova::pg
