#include "pg/messenger/messenger_next_due.hpp"

#include "schema/queries.hpp"

#include <cstdint>

namespace nova::pg {

std::optional<std::chrono::milliseconds> messenger_next_due::run(connection& conn) const {
  auto [in] = conn.exec(sql::messenger_next_due).one<std::optional<int64_t>>();
  return in ? std::optional{std::chrono::milliseconds{*in}} : std::nullopt;
}

} // namespace nova::pg
