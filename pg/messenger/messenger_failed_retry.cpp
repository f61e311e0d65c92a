#include "pg/messenger/messenger_failed_retry.hpp"

#include "pg/unless_empty.hpp"
#include "schema/queries.hpp"

#include <utility>

namespace nova::pg {

std::vector<retried_row> messenger_failed_retry::run(connection& conn) const {
  std::vector<retried_row> all;
  auto answer = conn.exec(sql::messenger_failed_retry, ids, by, force, unless_empty(transport),
                          int64_t{spacing.count()}, int64_t{delay.count()});
  for (auto& [id, message_id, outcome] : answer.rows<std::string, int64_t, std::string>())
    all.push_back({std::move(id), message_id, std::move(outcome)});
  return all;
}

} // namespace nova::pg
