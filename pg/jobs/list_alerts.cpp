#include "pg/jobs/list_alerts.hpp"

#include "schema/queries.hpp"

#include <utility>

namespace nova::pg {

std::vector<listed_alert> list_alerts::run(connection& conn) const {
  using text = std::string;
  std::vector<listed_alert> found;
  auto answer = conn.exec(sql::list_alerts, all, kind, limit);
  for (auto& [one, key, severity, title, count, opened, ended, told, waiting, given_up] :
       answer.rows<text, text, text, text, int64_t, int64_t, int64_t, int64_t, int64_t, int64_t>())
    found.push_back({std::move(one), std::move(key), std::move(severity), std::move(title), count,
                     opened, ended, told, waiting, given_up});
  return found;
}

} // namespace nova::pg
