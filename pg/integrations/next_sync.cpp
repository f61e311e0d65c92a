#include "pg/integrations/next_sync.hpp"

#include "schema/queries.hpp"

#include <cstdint>

namespace nova::pg {

std::optional<std::chrono::milliseconds> next_sync::run(connection& conn) const {
  auto wait = conn.exec(sql::next_sync).value<std::optional<int64_t>>();
  return wait ? std::optional{std::chrono::milliseconds{*wait}} : std::nullopt;
}

} // namespace nova::pg
