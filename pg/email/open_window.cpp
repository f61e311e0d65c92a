#include "pg/email/open_window.hpp"

#include "pg/error.hpp"
#include "schema/queries.hpp"

namespace nova::pg {

claimed_window open_window::run(connection& conn) const {
  auto found = conn.exec(sql::open_window, config, window, token);
  if (found.empty())
    throw error(failure::refused, "open_window: another has the window, or it is listed", "NV009");
  auto [start, end, cursor, inbox, grant, provider] =
    found.one<int64_t, int64_t, std::string, inbox_id, grant_id, std::string>();
  return {std::move(inbox),
          std::move(grant),
          std::move(provider),
          {window, start, end, std::move(cursor), token}};
}

} // namespace nova::pg
