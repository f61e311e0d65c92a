#include "pg/messenger/messenger_transport_pause.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

bool messenger_transport_pause::run(connection& conn) const {
  return !conn.exec(sql::messenger_transport_pause, transport, paused).empty();
}

} // namespace nova::pg
