#include "pg/platform/notify.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

void notify::run(connection& conn) const {
  conn.exec(sql::notify, channel, payload);
}

} // namespace nova::pg
