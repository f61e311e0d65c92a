#include "pg/email/list_outages.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

std::vector<outage> list_outages::run(connection& conn) const {
  std::vector<outage> all;
  auto found = conn.exec(sql::list_outages);
  for (auto& [scope, subject, whose, error, since] :
       found.rows<std::string, std::string, std::string, std::string, std::string>())
    all.push_back(
      {std::move(scope), std::move(subject), std::move(whose), std::move(error), std::move(since)});
  return all;
}

} // namespace nova::pg
