#include "pg/email/refetch_not_found.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

bool refetch_not_found::run(connection& conn) const {
  return conn.exec(sql::refetch_not_found, which.inbox, which.message, which.not_found, by_hand)
    .value<bool>();
}

} // namespace nova::pg
