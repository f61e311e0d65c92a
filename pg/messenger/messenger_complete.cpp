#include "pg/messenger/messenger_complete.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

std::vector<message_outcome> messenger_complete::run(connection& conn) const {
  return outcomes_of(conn.exec(sql::messenger_complete, ids, tokens));
}

} // namespace nova::pg
