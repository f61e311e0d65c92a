#include "pg/email/claim_rejects.hpp"

#include "pg/program_version.hpp"
#include "schema/queries.hpp"

#include <string>
#include <utility>

namespace nova::pg {

std::vector<claimed_reject> claim_rejects::run(connection& conn) const {
  std::vector<claimed_reject> claimed;
  auto due = conn.exec(sql::claim_rejects, program_version(), limit);
  for (auto& [inbox, kind, identity, raw, seen, config] :
       due.rows<inbox_id, std::string, bytes, std::string, int64_t, config_id>())
    claimed.push_back({std::move(inbox), std::move(kind), std::move(identity.value), std::move(raw),
                       seen, std::move(config)});
  return claimed;
}

} // namespace nova::pg
