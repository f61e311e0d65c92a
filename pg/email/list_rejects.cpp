#include "pg/email/list_rejects.hpp"

#include "schema/queries.hpp"

#include <optional>
#include <utility>

namespace nova::pg {

std::vector<listed_reject> list_rejects::run(connection& conn) const {
  std::vector<listed_reject> all;
  auto of = inbox.value.empty() ? std::nullopt : std::optional{inbox};
  auto found = conn.exec(sql::list_rejects, of, limit);
  for (auto& [id, email, kind, provider_id, reason, times, seen, kept] :
       found.rows<inbox_id, std::string, std::string, std::string, std::string, uint64_t, int64_t,
                  bool>())
    all.push_back({std::move(id), std::move(email), std::move(kind), std::move(provider_id),
                   std::move(reason), times, seen, kept});
  return all;
}

} // namespace nova::pg
