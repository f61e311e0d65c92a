#include "pg/queue/queue_archive_leased.hpp"

#include "schema/queries.hpp"

#include <algorithm>
#include <optional>

namespace nova::pg {

uint64_t queue_archive_leased::run(connection& conn) const {
  auto kept = reason.empty() ? std::nullopt : std::optional{reason};
  auto moved = conn.exec(sql::queue_archive_leased, queue, ids, read_cts, kept).column<bool>();
  return static_cast<uint64_t>(std::count(moved.begin(), moved.end(), true));
}

} // namespace nova::pg
