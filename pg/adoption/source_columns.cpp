#include "pg/adoption/source_columns.hpp"

#include "schema/queries.hpp"

#include <utility>

namespace nova::pg {

std::vector<source_column> source_columns::run(connection& source) const {
  std::vector<source_column> all;
  auto found = source.exec(sql::source_columns, schema);
  for (auto& [table, column, type, hidden] :
       found.rows<std::string, std::string, std::string, bool>())
    all.push_back({std::move(table), std::move(column), std::move(type), hidden});
  return all;
}

} // namespace nova::pg
