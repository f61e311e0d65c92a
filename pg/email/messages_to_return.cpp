#include "pg/email/messages_to_return.hpp"

#include "schema/queries.hpp"

#include <utility>

namespace nova::pg {

std::vector<taken_message> messages_to_return::run(connection& conn) const {
  std::vector<taken_message> all;
  auto found = conn.exec(sql::messages_to_return, limit);
  for (auto& [queue, id, message] : found.rows<std::string, int64_t, std::string>())
    all.push_back({std::move(queue), id, std::move(message)});
  return all;
}

} // namespace nova::pg
