#include "jobs/handler_table.hpp"

#include "base/log.hpp"

namespace nova::jobs {
namespace {

constexpr base::log handler_table_log{"Jobs"};

} // namespace

handler_table::handler_table(const std::vector<pg::set_handler>& rows, handler_registry built_in,
                             const handler_makers& makers)
  : built_in_(std::move(built_in)) {
  if (!built_in_.empty())
    transports_.insert(default_transport);
  for (const auto& row : rows) {
    auto maker = makers.find(row.kind);
    if (maker == makers.end()) {
      handler_table_log.warn("a handler of a kind that this program does not have",
                             {{"kind", row.kind}, {"type", row.type}, {"queue", row.queue}});
      continue;
    }
    auto made = maker->second(row);
    made.id = row.id;
    made.limit_key = row.limit_key;
    if (!row.queue.empty()) {
      of_queues_.insert_or_assign(row.queue, std::move(made));
      continue;
    }
    transports_.insert(row.transport.empty() ? default_transport : row.transport);
    of_messages_.insert_or_assign({row.type, row.transport}, std::move(made));
  }
}

const handler* handler_table::find(const claimed_job& job) const {
  if (job.from == source::queue) {
    auto found = of_queues_.find(job.place);
    return found == of_queues_.end() ? nullptr : &found->second;
  }
  if (job.from == source::message)
    for (const auto& type : {job.type, std::string{"*"}}) {
      for (const auto& transport : {job.place, std::string{}})
        if (auto found = of_messages_.find({type, transport}); found != of_messages_.end())
          return &found->second;
      if (type == job.type && built_in_.has(type))
        break;
    }
  return built_in_.find(job.type);
}

std::vector<std::string> handler_table::queues() const {
  std::vector<std::string> all;
  for (const auto& [name, how] : of_queues_)
    all.push_back(name);
  return all;
}

} // namespace nova::jobs
