#include "pg/jobs/take_permits.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

std::vector<std::chrono::milliseconds> take_permits::run(connection& conn) const {
  std::vector<std::chrono::milliseconds> waits;
  for (auto wait :
       conn.exec(sql::take_permits, worker, handler, keys, jobs, lease.count()).column<int64_t>())
    waits.emplace_back(wait);
  return waits;
}

} // namespace nova::pg
