#include "pg/email/end_certification.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

std::optional<bool> end_certification::run(connection& conn) const {
  return conn.exec(sql::end_certification, which.inbox, which.scope, which.token, calls)
    .value<std::optional<bool>>();
}

} // namespace nova::pg
