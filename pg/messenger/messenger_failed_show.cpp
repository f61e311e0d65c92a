#include "pg/messenger/messenger_failed_show.hpp"

#include "schema/queries.hpp"

#include <tuple>
#include <utility>

namespace nova::pg {

std::optional<failed_message> messenger_failed_show::run(connection& conn) const {
  using text = std::string;
  auto found = conn.exec(sql::messenger_failed_show, id);
  auto row = found.maybe<int64_t, text, text, text, text, text, text, text, text, int32_t, int32_t,
                         int64_t, int64_t, int64_t, int64_t, text, text, text, text>();
  if (!row)
    return std::nullopt;
  return std::apply([](auto&... columns) { return failed_message{std::move(columns)...}; }, *row);
}

} // namespace nova::pg
