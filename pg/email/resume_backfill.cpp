#include "pg/email/resume_backfill.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

std::string resume_backfill::run(connection& conn) const {
  return conn.exec(sql::resume_backfill, config, who, why).value<std::string>();
}

} // namespace nova::pg
