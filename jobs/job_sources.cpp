#include "jobs/job_sources.hpp"

#include "jobs/upkeep_task.hpp"
#include "pg/integrations/next_sync.hpp"
#include "pg/jobs/handlers_digest.hpp"
#include "pg/jobs/next_upkeep.hpp"
#include "pg/messenger/messenger_brokers.hpp"
#include "pg/messenger/messenger_next_due.hpp"
#include "pg/systems.hpp"

#include <fmt/format.h>

#include <utility>

namespace nova::jobs {

std::vector<claimed_job> jobs_of(const std::string& transport,
                                 std::vector<pg::claimed_message>&& messages) {
  std::vector<claimed_job> jobs;
  jobs.reserve(messages.size());
  for (auto& one : messages)
    jobs.push_back({source::message, transport, one.id, one.token, std::move(one.type),
                    std::move(one.queue), std::move(one.tenant), one.attempts, one.crashes,
                    std::move(one.headers), std::move(one.body)});
  return jobs;
}

std::vector<claimed_job> jobs_of(const std::string& queue, std::vector<queue_message>&& messages) {
  std::vector<claimed_job> jobs;
  jobs.reserve(messages.size());
  for (auto& one : messages)
    jobs.push_back({source::queue,
                    queue,
                    one.id,
                    one.read_ct,
                    queue,
                    queue,
                    {},
                    one.read_ct - 1,
                    0,
                    "{}",
                    std::move(one.body)});
  return jobs;
}

std::vector<claimed_job> jobs_of(const std::string&, const std::vector<pg::claimed_upkeep>& tasks) {
  std::vector<claimed_job> jobs;
  for (const auto& one : tasks) {
    claimed_job job;
    job.from = source::task;
    job.token = one.token;
    job.type = one.name;
    job.attempts = one.attempts;
    job.body = upkeep_body(one);
    jobs.push_back(std::move(job));
  }
  return jobs;
}

std::vector<claimed_job> jobs_of(const std::string&, const std::vector<pg::claimed_sync>& syncs) {
  std::vector<claimed_job> jobs;
  for (const auto& one : syncs) {
    claimed_job job;
    job.from = source::sync;
    job.place = one.name;
    job.token = one.claim.token;
    job.type = one.claim.id;
    job.attempts = one.retry_count;
    jobs.push_back(std::move(job));
  }
  return jobs;
}

std::string why_nobody(const claimed_job& job) {
  if (job.from == source::queue)
    return "no handler is set for the queue " + job.place;
  if (job.from == source::task)
    return "this program has no such task of upkeep";
  return fmt::format("no handler is set for the type {} of transport {}; nova messenger handlers "
                     "set --type {} …",
                     job.type, job.place, job.type);
}

look_ahead::answer look_ahead::run(pg::connection& conn) const {
  answer found;
  if (messages)
    found.message = pg::messenger_next_due{}.run(conn);
  if (tasks)
    found.task = pg::next_upkeep{}.run(conn);
  if (syncs)
    found.sync = pg::next_sync{}.run(conn);
  return found;
}

std::string worker_of_node(int64_t epoch) {
  return "node/" + std::to_string(epoch);
}

look_for_handlers::answer look_for_handlers::run(pg::connection& conn) const {
  answer found;
  found.messenger = pg::has_system(conn, "messenger");
  if (found.messenger)
    for (auto& one : pg::messenger_brokers{}.run(conn))
      found.brokers.insert(std::move(one.name));
  found.integrations = pg::has_system(conn, "integrations");
  found.digest = pg::handlers_digest{}.run(conn) + (found.messenger ? " messenger" : "")
                 + (found.integrations ? " integrations" : "");
  if (found.digest != known)
    found.handlers = pg::list_handlers{}.run(conn);
  return found;
}

} // namespace nova::jobs
