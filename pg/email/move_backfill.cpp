#include "pg/email/move_backfill.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

void move_backfill::run(connection& conn) const {
  conn.exec(sql::move_backfill, config, to, who, why);
}

} // namespace nova::pg
