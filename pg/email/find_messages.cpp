#include "pg/email/find_messages.hpp"

#include "schema/queries.hpp"

#include <optional>

namespace nova::pg {

std::vector<message_id> find_messages::run(connection& conn) const {
  auto asked = inbox.empty() ? std::nullopt : std::optional{inbox};
  return conn.exec(sql::find_messages, asked, subject, from, to, limit).column<message_id>();
}

} // namespace nova::pg
