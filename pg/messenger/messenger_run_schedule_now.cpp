#include "pg/messenger/messenger_run_schedule_now.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

int64_t messenger_run_schedule_now::run(connection& conn) const {
  return std::get<0>(conn.exec(sql::messenger_run_schedule_now, schedule).one<int64_t>());
}

} // namespace nova::pg
