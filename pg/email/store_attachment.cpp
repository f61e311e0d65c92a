#include "pg/email/store_attachment.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

bool store_attachment::run(connection& conn) const {
  return conn
    .exec(sql::store_attachment, which.inbox, which.message, which.id, bytes_view{sha256},
          bytes_view{content})
    .value<bool>();
}

} // namespace nova::pg
