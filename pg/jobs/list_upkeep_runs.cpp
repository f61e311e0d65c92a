#include "pg/jobs/list_upkeep_runs.hpp"

#include "schema/queries.hpp"

#include <utility>

namespace nova::pg {

std::vector<upkeep_run> list_upkeep_runs::run(connection& conn) const {
  std::vector<upkeep_run> all;
  for (auto& [what, started, seconds, outcome, runs, worker, rows, bytes, error_class, error, file,
              details] :
       conn.exec(sql::list_upkeep_runs, task, failed, limit)
         .rows<std::string, int64_t, double, std::string, int32_t, std::string, int64_t, int64_t,
               std::string, std::string, std::string, std::string>())
    all.push_back({std::move(what), started, seconds, std::move(outcome), runs, std::move(worker),
                   rows, bytes, std::move(error_class), std::move(error), std::move(file),
                   std::move(details)});
  return all;
}

} // namespace nova::pg
