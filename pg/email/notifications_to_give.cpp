#include "pg/email/notifications_to_give.hpp"

#include "schema/queries.hpp"

#include <utility>

namespace nova::pg {

std::vector<received_notification> notifications_to_give::run(connection& conn) const {
  std::vector<received_notification> all;
  auto found = conn.exec(sql::notifications_to_give, after, limit);
  for (auto& [id, type, grant, payload, received_at] :
       found.rows<std::string, std::string, std::string, std::string, std::string>())
    all.push_back({std::move(id), std::move(type), std::move(grant), std::move(payload),
                   std::move(received_at)});
  return all;
}

} // namespace nova::pg
