#include "pg/email/fail_certification.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

void fail_certification::run(connection& conn) const {
  conn.exec(sql::fail_certification, which.inbox, which.scope, which.token, reason, blameless);
}

} // namespace nova::pg
