#include "pg/email/follow_attachments.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

uint64_t follow_attachments::run(connection& conn) const {
  return conn.exec(sql::follow_attachments, messages, bytes_max).value<uint64_t>();
}

} // namespace nova::pg
