#include "pg/jobs/run_sql_handler.hpp"

#include "pg/platform/limit_statements.hpp"
#include "schema/queries.hpp"

#include <optional>

namespace nova::pg {

std::string run_sql_handler::run(connection& conn) const {
  limit_statements{timeout}.run(conn);
  auto answer = conn.exec(sql::run_sql_handler, function, role, job);
  return std::get<0>(answer.one<std::optional<std::string>>()).value_or("");
}

} // namespace nova::pg
