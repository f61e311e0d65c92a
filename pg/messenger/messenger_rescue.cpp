#include "pg/messenger/messenger_rescue.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

uint64_t messenger_rescue::run(connection& conn) const {
  return static_cast<uint64_t>(conn.exec(sql::messenger_rescue, dead_workers).size());
}

} // namespace nova::pg
