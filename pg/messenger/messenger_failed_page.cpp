#include "pg/messenger/messenger_failed_page.hpp"

#include "pg/unless_empty.hpp"
#include "schema/queries.hpp"

#include <utility>

namespace nova::pg {

failed_page messenger_failed_page::run(connection& conn) const {
  failed_page page;
  auto answer =
    conn.exec(sql::messenger_failed_page, unless_empty(filter.transport), unless_empty(filter.type),
              unless_empty(filter.error_class), filter.since, filter.retried, after,
              unless_empty(after_id), until, int64_t{filter.limit});
  for (auto& [id, failed_at, now] : answer.rows<std::string, int64_t, int64_t>()) {
    page.ids.push_back(std::move(id));
    page.last = failed_at;
    page.now = now;
  }
  return page;
}

} // namespace nova::pg
