#include "pg/jobs/usage_page.hpp"

#include "schema/queries.hpp"

#include <optional>
#include <utility>

namespace nova::pg {

std::vector<usage_line> usage_page::run(connection& conn) const {
  auto date = after_date.empty() ? std::nullopt : std::optional{after_date};
  auto id = after_date.empty() ? std::nullopt : std::optional{after_id};
  std::vector<usage_line> all;
  for (auto& [day, key, line, content] : conn.exec(sql::usage_page, month, date, id, limit, format)
                                           .rows<std::string, std::string, std::string, int64_t>())
    all.push_back({std::move(day), std::move(key), std::move(line), content});
  return all;
}

} // namespace nova::pg
