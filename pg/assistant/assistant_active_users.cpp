#include "pg/assistant/assistant_active_users.hpp"

#include "pg/unless_empty.hpp"
#include "schema/queries.hpp"

#include <utility>

namespace nova::pg {

std::vector<active_users> assistant_active_users::run(connection& conn) const {
  std::vector<active_users> all;
  auto found = conn.exec(sql::assistant_active_users, days, unless_empty(tenant));
  for (auto& [day, users] : found.rows<std::string, uint64_t>())
    all.push_back({std::move(day), users});
  return all;
}

} // namespace nova::pg
