#include "pg/messenger/messenger_transport_pause.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

void messenger_transport_pause::run(connection& conn) const {
  conn.exec(sql::messenger_transport_pause, transport, paused);
}

} // namespace nova::pg
