#include "pg/jobs/usage_months.hpp"

#include "schema/queries.hpp"

#include <utility>

namespace nova::pg {

std::vector<usage_month> usage_months::run(connection& conn) const {
  std::vector<usage_month> all;
  for (auto& [month, rows, content] :
       conn.exec(sql::usage_months, after).rows<std::string, int64_t, int64_t>())
    all.push_back({std::move(month), rows, content});
  return all;
}

} // namespace nova::pg
