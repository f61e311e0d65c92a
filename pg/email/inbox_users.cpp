#include "pg/email/inbox_users.hpp"

#include "schema/queries.hpp"

#include <utility>

namespace nova::pg {

std::map<std::string, std::string> inbox_users::run(connection& conn) const {
  std::map<std::string, std::string> all;
  auto found = conn.exec(sql::inbox_users);
  for (auto& [inbox, user] : found.rows<std::string, std::string>())
    all.emplace(std::move(inbox), std::move(user));
  return all;
}

} // namespace nova::pg
