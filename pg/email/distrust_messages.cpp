#include "pg/email/distrust_messages.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

void distrust_messages::run(connection& conn) const {
  conn.exec(sql::distrust_messages, inbox, ids);
}

} // namespace nova::pg
