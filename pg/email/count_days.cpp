#include "pg/email/count_days.hpp"

#include "schema/queries.hpp"

#include <utility>

namespace nova::pg {

std::map<std::string, uint64_t> count_days::run(connection& conn) const {
  std::map<std::string, uint64_t> found;
  for (auto& [state, days] : conn.exec(sql::count_days).rows<std::string, uint64_t>())
    found.emplace(std::move(state), days);
  return found;
}

} // namespace nova::pg
