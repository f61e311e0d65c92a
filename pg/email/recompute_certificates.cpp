#include "pg/email/recompute_certificates.hpp"

#include "schema/queries.hpp"

#include <utility>

namespace nova::pg {

std::vector<stored_day> recompute_certificates::run(connection& conn) const {
  std::vector<stored_day> found;
  for (auto& [day, count, ids] :
       conn.exec(sql::recompute_certificates, inbox, day_text(days.from), day_text(days.to))
         .rows<std::string, uint64_t, std::string>())
    found.push_back({std::move(day), count, std::move(ids)});
  return found;
}

} // namespace nova::pg
