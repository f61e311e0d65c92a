#include "pg/jobs/run_sql_handler.hpp"

#include "schema/queries.hpp"

#include <optional>

namespace nova::pg {

std::string run_sql_handler::run(connection& conn) const {
  auto answer = conn.exec(sql::run_sql_handler, function, role, timeout.count(), job);
  return std::get<0>(answer.one<std::optional<std::string>>()).value_or("");
}

} // namespace nova::pg
