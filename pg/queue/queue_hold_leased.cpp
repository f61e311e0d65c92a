#include "pg/queue/queue_hold_leased.hpp"

#include "schema/queries.hpp"

#include <algorithm>

namespace nova::pg {

uint64_t queue_hold_leased::run(connection& conn) const {
  auto held = conn.exec(sql::queue_hold_leased, queue, ids, read_cts, seconds).column<bool>();
  return static_cast<uint64_t>(std::count(held.begin(), held.end(), true));
}

} // namespace nova::pg
