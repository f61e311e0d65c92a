#include "pg/messenger/messenger_failed_list.hpp"

#include "pg/unless_empty.hpp"
#include "schema/queries.hpp"

#include <utility>

namespace nova::pg {

std::vector<failed_row> messenger_failed_list::run(connection& conn) const {
  std::vector<failed_row> all;
  auto found = conn.exec(sql::messenger_failed_list, unless_empty(transport), unless_empty(type),
                         unless_empty(error_class), since, retried, limit);
  for (auto& [id, of, queue, kind, cause, message, attempts, failed_at, retried_at] :
       found.rows<std::string, std::string, std::string, std::string, std::string, std::string,
                  int32_t, int64_t, int64_t>())
    all.push_back({std::move(id), std::move(of), std::move(queue), std::move(kind),
                   std::move(cause), std::move(message), attempts, failed_at, retried_at});
  return all;
}

} // namespace nova::pg
