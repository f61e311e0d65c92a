#include "pg/queue/queue_delete_leased.hpp"

#include "schema/queries.hpp"

#include <algorithm>

namespace nova::pg {

uint64_t queue_delete_leased::run(connection& conn) const {
  auto removed = conn.exec(sql::queue_delete_leased, queue, ids, read_cts).column<bool>();
  return static_cast<uint64_t>(std::count(removed.begin(), removed.end(), true));
}

} // namespace nova::pg
