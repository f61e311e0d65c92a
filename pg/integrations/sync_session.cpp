#include "pg/integrations/sync_session.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

void sync_session::run(connection& conn) const {
  conn.exec(sql::sync_session, names, values);
}

} // namespace nova::pg
