#include "pg/email/note_webhook_endpoints.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

std::vector<endpoint_change> note_webhook_endpoints::run(connection& conn) const {
  std::vector<endpoint_change> changed;
  auto found = conn.exec(sql::note_webhook_endpoints, ids, urls, statuses);
  for (auto& [id, url, was, status] :
       found.rows<std::string, std::string, std::string, std::string>())
    changed.push_back({std::move(id), std::move(url), std::move(was), std::move(status)});
  return changed;
}

} // namespace nova::pg
