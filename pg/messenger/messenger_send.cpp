#include "pg/messenger/messenger_send.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

std::vector<sent_message> messenger_send::run(connection& conn) const {
  std::vector<sent_message> sent;
  auto answer = conn.exec(sql::messenger_send, messages);
  for (const auto& [id, created] : answer.rows<int64_t, bool>())
    sent.push_back({id, created});
  return sent;
}

} // namespace nova::pg
