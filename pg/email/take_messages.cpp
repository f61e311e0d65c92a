#include "pg/email/take_messages.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

std::vector<int64_t> take_messages::run(connection& conn) const {
  return conn.exec(sql::take_messages, queue, ids, messages, became, subjects).column<int64_t>();
}

} // namespace nova::pg
