#include "pg/email/give_back_sweep.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

void give_back_sweep::run(connection& conn) const {
  conn.exec(sql::give_back_sweep, inbox, token);
}

} // namespace nova::pg
