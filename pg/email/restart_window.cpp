#include "pg/email/restart_window.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

uint32_t restart_window::run(connection& conn) const {
  return conn.exec(sql::restart_window, config, window.id, window.token).value<uint32_t>();
}

} // namespace nova::pg
