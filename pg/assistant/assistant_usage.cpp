#include "pg/assistant/assistant_usage.hpp"

#include "pg/unless_empty.hpp"
#include "schema/queries.hpp"

#include <utility>

namespace nova::pg {

std::vector<tenant_usage> assistant_usage::run(connection& conn) const {
  std::vector<tenant_usage> all;
  auto found = conn.exec(sql::assistant_usage, days, unless_empty(tenant));
  for (auto& [id, tenant_name, users, messages, tokens, cost] :
       found.rows<std::string, std::string, uint64_t, uint64_t, uint64_t, std::string>())
    all.push_back(
      {std::move(id), std::move(tenant_name), users, messages, tokens, std::move(cost)});
  return all;
}

} // namespace nova::pg
