#include "pg/email/end_outage.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

void end_outage::run(connection& conn) const {
  conn.exec(sql::end_outage, to_string(scope), subject);
}

} // namespace nova::pg
