#include "pg/integrations/release_syncs.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

uint64_t release_syncs::run(connection& conn) const {
  std::vector<std::string> ids;
  std::vector<int64_t> tokens;
  for (const auto& claim : claims) {
    ids.push_back(claim.id);
    tokens.push_back(claim.token);
  }
  return conn.exec(sql::release_syncs, ids, tokens).value<uint64_t>();
}

} // namespace nova::pg
