#include "pg/email/remove_inbox.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

bool remove_inbox::run(connection& conn) const {
  return conn.exec(sql::remove_inbox, inbox).affected() > 0;
}

} // namespace nova::pg
