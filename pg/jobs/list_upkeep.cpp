#include "pg/jobs/list_upkeep.hpp"

#include "schema/queries.hpp"

#include <utility>

namespace nova::pg {

std::vector<upkeep_row> list_upkeep::run(connection& conn) const {
  std::vector<upkeep_row> all;
  for (auto& [task, kind, target, schedule, enabled, lacks, worker, due, outcome, ended, rows,
              bytes, error_class, error, attempts] :
       conn.exec(sql::list_upkeep)
         .rows<std::string, std::string, std::string, std::string, bool, std::string, std::string,
               int64_t, std::string, int64_t, int64_t, int64_t, std::string, std::string,
               int32_t>())
    all.push_back({std::move(task), std::move(kind), std::move(target), std::move(schedule),
                   enabled, std::move(lacks), std::move(worker), due, std::move(outcome), ended,
                   rows, bytes, std::move(error_class), std::move(error), attempts});
  return all;
}

} // namespace nova::pg
