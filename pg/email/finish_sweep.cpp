#include "pg/email/finish_sweep.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

void finish_sweep::run(connection& conn) const {
  conn.exec(sql::finish_sweep, inbox, token);
}

} // namespace nova::pg
