#include "pg/jobs/extend_upkeep.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

std::vector<bool> extend_upkeep::run(connection& conn) const {
  std::vector<bool> good;
  for (const auto& outcome :
       conn.exec(sql::extend_upkeep, names, tokens, lease.count()).column<std::string>())
    good.push_back(outcome == "extended");
  return good;
}

} // namespace nova::pg
