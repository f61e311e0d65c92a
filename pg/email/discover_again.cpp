#include "pg/email/discover_again.hpp"

#include "schema/queries.hpp"

#include <optional>

namespace nova::pg {

bool discover_again::run(connection& conn) const {
  return conn.exec(sql::discover_again, grant, who, why)
    .value<std::optional<std::string>>()
    .has_value();
}

} // namespace nova::pg
