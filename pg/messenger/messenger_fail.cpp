#include "pg/messenger/messenger_fail.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

std::vector<message_outcome> messenger_fail::run(connection& conn) const {
  auto after = after_ms;
  after.resize(ids.size());
  return outcomes_of(
    conn.exec(sql::messenger_fail, ids, tokens, messages, classes, verdicts, after));
}

} // namespace nova::pg
