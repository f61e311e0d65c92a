#include "pg/email/list_webhook_endpoints.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

std::vector<webhook_endpoint_row> list_webhook_endpoints::run(connection& conn) const {
  std::vector<webhook_endpoint_row> all;
  auto found = conn.exec(sql::list_webhook_endpoints);
  for (auto& [id, url, status, since, seen_at] :
       found.rows<std::string, std::string, std::string, std::string, std::string>())
    all.push_back(
      {std::move(id), std::move(url), std::move(status), std::move(since), std::move(seen_at)});
  return all;
}

} // namespace nova::pg
