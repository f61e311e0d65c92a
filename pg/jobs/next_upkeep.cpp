#include "pg/jobs/next_upkeep.hpp"

#include "schema/queries.hpp"

#include <cstdint>

namespace nova::pg {

std::optional<std::chrono::milliseconds> next_upkeep::run(connection& conn) const {
  auto wait = conn.exec(sql::next_upkeep).value<std::optional<int64_t>>();
  return wait ? std::optional{std::chrono::milliseconds{*wait}} : std::nullopt;
}

} // namespace nova::pg
