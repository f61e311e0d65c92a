#include "pg/email/keep_sweep.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

bool keep_sweep::run(connection& conn) const {
  return conn.exec(sql::keep_sweep, inbox, token, cursor).value<bool>();
}

} // namespace nova::pg
