#include "pg/email/living_messages.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

std::vector<message_id> living_messages::run(connection& conn) const {
  return conn.exec(sql::living_messages, inbox, messages).column<message_id>();
}

} // namespace nova::pg
