#include "pg/email/check_attachments.hpp"

#include "schema/queries.hpp"

#include <utility>

namespace nova::pg {

std::vector<checked_content> check_attachments::run(connection& conn) const {
  std::vector<checked_content> all;
  auto checked = conn.exec(sql::check_attachments, inbox, bytes_view{after});
  for (auto& [sha256, problem, message, id] :
       checked.rows<bytes, std::string, message_id, attachment_id>())
    all.push_back({std::move(sha256.value), std::move(problem), std::move(message), std::move(id)});
  return all;
}

} // namespace nova::pg
