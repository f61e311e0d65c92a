#include "pg/jobs/release_upkeep.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

std::vector<bool> release_upkeep::run(connection& conn) const {
  std::vector<bool> good;
  for (const auto& outcome : conn.exec(sql::release_upkeep, names, tokens).column<std::string>())
    good.push_back(outcome == "released");
  return good;
}

} // namespace nova::pg
