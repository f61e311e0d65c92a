#include "pg/messenger/messenger_note_broker.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

void messenger_note_broker::run(connection& conn) const {
  conn.exec(sql::messenger_note_broker, transport, worker, error_class, text, depth, in_hand);
}

} // namespace nova::pg
