#include "pg/email/claim_probes.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

std::vector<grant_id> claim_probes::run(connection& conn) const {
  return conn.exec(sql::claim_probes, limit).column<grant_id>();
}

} // namespace nova::pg
