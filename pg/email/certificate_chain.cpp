#include "pg/email/certificate_chain.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

certificate_log certificate_chain::run(connection& conn) const {
  auto [events, head, changed, has_known] =
    conn.exec(sql::certificate_chain, inbox, known).one<uint64_t, std::string, uint64_t, bool>();
  return {events, head, changed, has_known};
}

} // namespace nova::pg
