#include "pg/email/add_gap.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

void add_gap::run(connection& conn) const {
  conn.exec(sql::add_gap, config, gap.kind, gap.from, gap.to, gap.reason, gap.folder);
}

} // namespace nova::pg
