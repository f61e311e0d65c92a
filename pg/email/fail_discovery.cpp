#include "pg/email/fail_discovery.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

bool fail_discovery::run(connection& conn) const {
  return conn.exec(sql::fail_discovery, config, reason, token).value<bool>();
}

} // namespace nova::pg
