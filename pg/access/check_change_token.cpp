#include "pg/access/check_change_token.hpp"

#include "schema/queries.hpp"

#include <algorithm>
#include <utility>

namespace nova::pg {

std::optional<change_reader> check_change_token::run(connection& conn) const {
  auto rows = conn.exec(sql::check_change_token, bytes_view{hash});
  for (auto& [inboxes, seconds] : rows.rows<std::string, int64_t>()) {
    change_reader found{{}, std::chrono::seconds{seconds}};
    for (size_t begin = 0; begin < inboxes.size();) {
      auto end = std::min(inboxes.find(',', begin), inboxes.size());
      found.inboxes.push_back(inboxes.substr(begin, end - begin));
      begin = end + 1;
    }
    return found;
  }
  return {};
}

} // namespace nova::pg
