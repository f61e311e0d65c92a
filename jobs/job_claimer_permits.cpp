#include "base/log.hpp"
#include "jobs/job_claimer.hpp"
#include "jobs/limit_key.hpp"
#include "messages/error_code.hpp"
#include "pg/jobs/take_permits.hpp"

#include <map>
#include <memory>
#include <utility>

// Who of the claimed jobs may begin: limits of keys.

namespace nova::jobs {
namespace {

constexpr base::log permits_log{"Jobs"};

using namespace std::chrono_literals;

// Until the permits are asked for again, when the database did not answer.
constexpr std::chrono::milliseconds permit_pause{1'000};

} // namespace

/// Those of handlers with limits go on when they have a permit.
void job_claimer_state::hand_out(std::vector<claimed_job>&& jobs) {
  std::vector<claimed_job> free;
  std::map<const handler*, std::vector<claimed_job>> limited;
  for (auto& job : jobs) {
    const auto* how = handler_of(job);
    if (how == nullptr || how->limit_key.empty()) {
      free.push_back(std::move(job));
      continue;
    }
    job.limited_by = how->id;
    job.limit_key = limit_key_of(job, how->limit_key);
    limited[how].push_back(std::move(job));
  }
  for (auto& [how, some] : limited)
    ask_for_permits(*how, std::move(some));
  run_all(std::move(free));
}

void job_claimer_state::ask_for_permits(const handler& how, std::vector<claimed_job>&& jobs) {
  pg::take_permits query{settings.worker, how.id, {}, {}, settings.lease};
  for (const auto& job : jobs) {
    query.keys.push_back(job.limit_key);
    query.jobs.push_back(name_of(job));
  }
  asking_ += jobs.size();
  constexpr auto what = "take permits of keys";
  auto shared = std::make_shared<std::vector<claimed_job>>(std::move(jobs));
  ask(self, needs.database, std::move(query))
    .then(
      [this, shared](const std::vector<std::chrono::milliseconds>& waits) {
        could(permits_log, what);
        asking_ -= shared->size();
        permitted(std::move(*shared), waits);
      },
      [this, shared](const caf::error& reason) {
        could_not(permits_log, what, describe(reason));
        asking_ -= shared->size();
        permitted(std::move(*shared), std::vector(shared->size(), permit_pause));
      });
}

void job_claimer_state::permitted(std::vector<claimed_job>&& jobs,
                                  const std::vector<std::chrono::milliseconds>& waits) {
  std::vector<claimed_job> may;
  for (size_t i = 0; i < jobs.size(); ++i) {
    auto& job = jobs[i];
    if (!draining_ && i < waits.size() && waits[i] == 0ms) {
      may.push_back(std::move(job));
      continue;
    }
    if (i < waits.size() && waits[i] > 0ms)
      job.limited_by = 0; // it has none to return
    end(job, {verdict::snooze, "", "its key is at its limit",
              i < waits.size() ? waits[i] : permit_pause});
  }
  run_all(std::move(may));
  look();
  end_if_drained();
}

} // namespace nova::jobs
