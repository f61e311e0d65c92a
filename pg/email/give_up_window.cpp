#include "pg/email/give_up_window.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

void give_up_window::run(connection& conn) const {
  conn.exec(sql::give_up_window, config, window.id, window.token, kind, reason);
}

} // namespace nova::pg
