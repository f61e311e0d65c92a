#include "pg/email/keep_certification.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

bool keep_certification::run(connection& conn) const {
  return conn
    .exec(sql::keep_certification, which.inbox, which.scope, which.token, which.comparison, cursor)
    .value<bool>();
}

} // namespace nova::pg
