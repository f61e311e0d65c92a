#include "pg/email/record_outage.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

void record_outage::run(connection& conn) const {
  conn.exec(sql::record_outage, to_string(scope), subject, error, int64_t{until_probe.count()});
}

} // namespace nova::pg
