#include "pg/messenger/messenger_release.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

std::vector<message_outcome> messenger_release::run(connection& conn) const {
  return outcomes_of(conn.exec(sql::messenger_release, ids, tokens, delay.count()));
}

} // namespace nova::pg
