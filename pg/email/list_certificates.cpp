#include "pg/email/list_certificates.hpp"

#include "schema/queries.hpp"

#include <utility>

namespace nova::pg {

std::vector<mail_certificate> list_certificates::run(connection& conn) const {
  std::vector<mail_certificate> found;
  auto rows = conn.exec(sql::list_certificates, inbox, day_text(days.from), day_text(days.to));
  for (auto& [day, state, reason, listed, listed_ids, listed_content, stored, stored_ids,
              stored_content, in_flight, missing, extra, differing, rejected, compared_at,
              verified_at, by, attachments, attachments_stored, too_large, unavailable] :
       rows.rows<std::string, std::string, std::string, uint64_t, std::string, std::string,
                 uint64_t, std::string, std::string, uint64_t, std::string, std::string,
                 std::string, std::string, std::optional<int64_t>, std::optional<int64_t>,
                 std::string, std::optional<uint64_t>, uint64_t, uint64_t, uint64_t>()) {
    found.push_back({std::move(day),
                     std::move(state),
                     std::move(reason),
                     {listed, std::move(listed_ids), std::move(listed_content)},
                     {stored, std::move(stored_ids), std::move(stored_content)},
                     in_flight,
                     std::move(missing),
                     std::move(extra),
                     std::move(differing),
                     std::move(rejected),
                     compared_at,
                     verified_at,
                     std::move(by)});
    if (attachments)
      found.back().attachments = {*attachments, attachments_stored, too_large, unavailable};
  }
  return found;
}

} // namespace nova::pg
