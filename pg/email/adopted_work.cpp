#include "pg/email/adopted_work.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

std::pair<int64_t, int64_t> adopted_work::run(connection& conn) const {
  auto [inboxes, messages] = conn.exec(sql::adopted_work).one<int64_t, int64_t>();
  return {inboxes, messages};
}

} // namespace nova::pg
