#include "pg/email/find_rfc822_messages.hpp"

#include "schema/queries.hpp"

#include <optional>

namespace nova::pg {

std::vector<message_id> find_rfc822_messages::run(connection& conn) const {
  auto asked = inbox.empty() ? std::nullopt : std::optional{inbox};
  return conn.exec(sql::find_rfc822_messages, asked, rfc822_id, limit).column<message_id>();
}

} // namespace nova::pg
