#include "pg/email/fit_attachments.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

uint64_t fit_attachments::run(connection& conn) const {
  return conn.exec(sql::fit_attachments, bytes_max, node).value<uint64_t>();
}

} // namespace nova::pg
