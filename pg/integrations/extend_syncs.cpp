#include "pg/integrations/extend_syncs.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

std::vector<bool> extend_syncs::run(connection& conn) const {
  std::vector<std::string> ids;
  std::vector<int64_t> tokens;
  for (const auto& claim : claims) {
    ids.push_back(claim.id);
    tokens.push_back(claim.token);
  }
  std::vector<bool> good;
  for (const auto& outcome :
       conn.exec(sql::extend_syncs, ids, tokens, lease.count()).column<std::string>())
    good.push_back(outcome == "accepted");
  return good;
}

} // namespace nova::pg
