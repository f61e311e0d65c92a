#include "pg/queue/queue_extend_leased.hpp"

#include "schema/queries.hpp"

#include <algorithm>

namespace nova::pg {

uint64_t queue_extend_leased::run(connection& conn) const {
  auto extended = conn.exec(sql::queue_extend_leased, queue, ids, read_cts, seconds).column<bool>();
  return static_cast<uint64_t>(std::count(extended.begin(), extended.end(), true));
}

} // namespace nova::pg
