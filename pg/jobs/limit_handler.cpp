#include "pg/jobs/limit_handler.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

void limit_handler::run(connection& conn) const {
  conn.exec(sql::limit_handler, handler, key, running, rate, per.count(), failures, pause.count());
}

} // namespace nova::pg
