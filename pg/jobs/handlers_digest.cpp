#include "pg/jobs/handlers_digest.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

std::string handlers_digest::run(connection& conn) const {
  return std::get<0>(conn.exec(sql::handlers_digest).one<std::string>());
}

} // namespace nova::pg
