#include "pg/email/plan_certifications.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

uint32_t plan_certifications::run(connection& conn) const {
  return static_cast<uint32_t>(conn.exec(sql::plan_certifications).value<int64_t>());
}

} // namespace nova::pg
