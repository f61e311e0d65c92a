#include "pg/jobs/vacuum_statement.hpp"

#include "schema/queries.hpp"

#include <utility>

namespace nova::pg {

vacuum_of_table vacuum_statement::run(connection& conn) const {
  auto [text, may] = conn.exec(sql::vacuum_statement, table).one<std::string, bool>();
  return {std::move(text), may};
}

} // namespace nova::pg
