#include "pg/email/comparison_findings.hpp"

#include "schema/queries.hpp"

#include <utility>

namespace nova::pg {

std::vector<comparison_finding> comparison_findings::run(connection& conn) const {
  std::vector<comparison_finding> found;
  for (auto& [id, what, detail, total] : conn.exec(sql::comparison_findings, comparison, limit)
                                           .rows<std::string, std::string, std::string, uint64_t>())
    found.push_back({std::move(id), std::move(what), std::move(detail), total});
  return found;
}

} // namespace nova::pg
