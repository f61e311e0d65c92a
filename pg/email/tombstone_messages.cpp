#include "pg/email/tombstone_messages.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

uint32_t tombstone_messages::run(connection& conn) const {
  if (message_ids.empty())
    return 0;
  return conn.exec(sql::tombstone_messages, inbox_ids, message_ids, lo, hi).value<uint32_t>();
}

} // namespace nova::pg
