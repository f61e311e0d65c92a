#include "pg/email/postpone_refetches.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

void postpone_refetches::run(connection& conn) const {
  conn.exec(sql::postpone_refetches, std::vector{which.inbox}, std::vector{which.message},
            std::vector{int64_t{delay.count()}});
}

} // namespace nova::pg
