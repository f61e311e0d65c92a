#include "pg/integrations/sync_claim_state.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

std::string sync_claim_state::run(connection& conn) const {
  return conn.exec(sql::sync_claim_state, claim.id, claim.token).value<std::string>();
}

} // namespace nova::pg
