#include "pg/email/set_inbox_status.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

bool set_inbox_status::run(connection& conn) const {
  return conn.exec(sql::set_inbox_status, grant, status, reason).value<bool>();
}

} // namespace nova::pg
