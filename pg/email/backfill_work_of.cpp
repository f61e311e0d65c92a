#include "pg/email/backfill_work_of.hpp"

#include "schema/queries.hpp"

#include <cstdint>
#include <utility>

namespace nova::pg {

std::optional<backfill_look> backfill_work_of::run(connection& conn) const {
  using numbers = std::vector<int64_t>;
  using counts = std::vector<uint64_t>;
  using flags = std::vector<bool>;
  using reals = std::vector<double>;
  auto row = conn.exec(sql::backfill_work_of, config)
               .maybe<int64_t, int64_t, uint64_t, bool, bool, std::string, reals, numbers, numbers,
                      flags, flags, flags, counts, counts, counts, counts, numbers, reals, reals,
                      numbers, numbers, reals>();
  if (!row)
    return std::nullopt;
  auto& [start, end, open, threads_listed, running, binds, trace, starts, ends, begun,
         messages_done, done, messages, threads, seen, to_sync, reached, messages_cost,
         threads_cost, sample_starts, sample_ends, sample_messages] = *row;
  backfill_look look;
  look.running = running;
  look.binds = std::move(binds);
  look.trace = std::move(trace);
  look.work.start = start;
  look.work.end = end;
  look.work.threads_open = open;
  look.work.threads_listed = threads_listed;
  for (size_t i = 0; i < starts.size(); ++i)
    look.work.windows.push_back({starts[i], ends[i], begun[i], messages_done[i], done[i],
                                 messages[i], threads[i], seen[i], to_sync[i], reached[i],
                                 messages_cost[i], threads_cost[i]});
  for (size_t i = 0; i < sample_starts.size(); ++i)
    look.work.survey.push_back({sample_starts[i], sample_ends[i], sample_messages[i]});
  return look;
}

} // namespace nova::pg
