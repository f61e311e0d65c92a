#include "pg/email/settle_attachment.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

std::string settle_attachment::run(connection& conn) const {
  return conn
    .exec(sql::settle_attachment, which.inbox, which.message, which.id, which.claimed_until,
          to_string(outcome), size, int64_t{delay.count()}, reason)
    .value<std::optional<std::string>>()
    .value_or("");
}

} // namespace nova::pg
