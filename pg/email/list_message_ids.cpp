#include "pg/email/list_message_ids.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

std::vector<message_id> list_message_ids::run(connection& conn) const {
  return conn.exec(sql::list_message_ids, inbox, from, to, undated).column<message_id>();
}

} // namespace nova::pg
