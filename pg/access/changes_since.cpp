#include "pg/access/changes_since.hpp"

#include "schema/queries.hpp"

#include <utility>

namespace nova::pg {

std::vector<mail_change> changes_since::run(connection& conn) const {
  std::vector<mail_change> found;
  auto rows = conn.exec(sql::changes_since, position, limit, inboxes, all);
  using text = std::string;
  for (auto& [kind, op, inbox, key, id, thread, origin, at] :
       rows.rows<text, text, text, text, text, text, text, text>())
    found.push_back({std::move(kind), std::move(op), std::move(inbox), std::move(key),
                     std::move(id), std::move(thread), std::move(origin), std::move(at)});
  return found;
}

} // namespace nova::pg
