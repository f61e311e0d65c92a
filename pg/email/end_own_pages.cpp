#include "pg/email/end_own_pages.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

std::optional<int64_t> end_own_pages::run(connection& conn) const {
  return conn.exec(sql::end_own_pages, which.inbox, which.scope, which.token)
    .value<std::optional<int64_t>>();
}

} // namespace nova::pg
