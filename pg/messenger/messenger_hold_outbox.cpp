#include "pg/messenger/messenger_hold_outbox.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

void messenger_hold_outbox::run(connection& conn) const {
  conn.exec(sql::messenger_hold_outbox, ids, tokens, delay.count(), reason);
}

} // namespace nova::pg
