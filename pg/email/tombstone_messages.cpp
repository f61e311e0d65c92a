#include "pg/email/tombstone_messages.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

void tombstone_messages::run(connection& conn) const {
  if (!message_ids.empty())
    conn.exec(sql::tombstone_messages, inbox_ids, message_ids, lo, hi);
}

} // namespace nova::pg
