#include "pg/email/excuse_messages.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

void excuse_messages::run(connection& conn) const {
  conn.exec(sql::excuse_messages, config, thread, messages, reasons);
}

} // namespace nova::pg
