#include "pg/assistant/find_tenant.hpp"

#include "schema/queries.hpp"

#include <tuple>

namespace nova::pg {

std::optional<std::string> find_tenant::run(connection& conn) const {
  auto found = conn.exec(sql::find_tenant, id_or_slug).maybe<std::string>();
  return found ? std::optional{std::get<0>(*found)} : std::nullopt;
}

} // namespace nova::pg
