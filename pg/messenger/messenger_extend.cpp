#include "pg/messenger/messenger_extend.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

std::vector<message_outcome> messenger_extend::run(connection& conn) const {
  return outcomes_of(conn.exec(sql::messenger_extend, ids, tokens, lease.count()));
}

} // namespace nova::pg
