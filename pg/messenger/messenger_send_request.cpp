#include "pg/messenger/messenger_send_request.hpp"

#include "pg/unless_empty.hpp"
#include "schema/queries.hpp"

namespace nova::pg {

std::vector<sent_message> messenger_send_request::run(connection& conn) const {
  std::vector<sent_message> sent;
  auto answer = conn.exec(sql::messenger_send_request, messages, unless_empty(key));
  for (const auto& [id, created] : answer.rows<int64_t, bool>())
    sent.push_back({id, created});
  return sent;
}

} // namespace nova::pg
