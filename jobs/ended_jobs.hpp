#pragma once

#include "jobs/claimed_job.hpp"
#include "pg/integrations/end_sync_run.hpp"
#include "pg/integrations/extend_syncs.hpp"
#include "pg/integrations/release_syncs.hpp"
#include "pg/jobs/end_upkeep.hpp"
#include "pg/jobs/extend_upkeep.hpp"
#include "pg/jobs/hold_permits.hpp"
#include "pg/jobs/release_upkeep.hpp"
#include "pg/jobs/return_permits.hpp"
#include "pg/messenger/messenger_complete.hpp"
#include "pg/messenger/messenger_extend.hpp"
#include "pg/messenger/messenger_fail.hpp"
#include "pg/messenger/messenger_release.hpp"
#include "pg/queue/queue_archive_leased.hpp"
#include "pg/queue/queue_delete_leased.hpp"
#include "pg/queue/queue_extend_leased.hpp"
#include "pg/queue/queue_hold_leased.hpp"

#include <chrono>
#include <cstddef>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace nova::jobs {

/// Ends jobs of all sources in one transaction. Who lost a lease meanwhile ends nothing.
struct end_jobs {
  static constexpr const char* name = "end_jobs";

  pg::messenger_complete completed;
  pg::messenger_fail failed;
  std::map<std::chrono::milliseconds, pg::messenger_release> snoozed;               // by the delay
  std::map<std::string, pg::queue_delete_leased> removed;                           // by the queue
  std::map<std::pair<std::string, std::string>, pg::queue_archive_leased> archived; // and reason
  std::map<std::pair<std::string, int64_t>, pg::queue_extend_leased> later;         // and seconds
  std::vector<pg::end_upkeep> tasks;
  pg::release_upkeep tasks_released;
  std::vector<pg::end_sync_run> syncs; // whose handler ended without a word
  pg::release_syncs syncs_released;
  pg::return_permits permits;
  size_t jobs = 0;

  /// How many jobs did not count because another had them by then.
  uint64_t run(pg::connection& conn) const;
};

/// Jobs that are done but not written, in their order.
class ended_jobs {
public:
  /// Deliveries of a queue's message; a failure of the last one gives it up.
  explicit ended_jobs(int32_t tries_max) : tries_max_(tries_max) {}

  void add(claimed_job job, job_outcome outcome, std::chrono::milliseconds took) {
    all_.push_back({std::move(job), std::move(outcome), took});
  }

  [[nodiscard]] size_t size() const {
    return all_.size();
  }

  /// The next of them, as what writes them. They stay until `written`.
  [[nodiscard]] end_jobs next(size_t jobs_max) const;
  void written(size_t jobs) {
    all_.erase(all_.begin(), all_.begin() + static_cast<long>(jobs));
  }

  struct ended_job {
    claimed_job job;
    job_outcome outcome;
    std::chrono::milliseconds took{0};
  };

  [[nodiscard]] const std::vector<ended_job>& all() const {
    return all_;
  }

private:
  int32_t tries_max_;
  std::vector<ended_job> all_;
};

/// Holds jobs for longer, whatever their source, in one transaction.
struct extend_jobs {
  static constexpr const char* name = "extend_jobs";

  std::vector<int64_t> ids, tokens;                    // of messages
  std::map<std::string, pg::queue_hold_leased> queues; // by name
  pg::extend_upkeep tasks;
  pg::extend_syncs syncs;
  pg::hold_permits permits; // of those jobs that have one
  std::chrono::milliseconds lease{0};

  [[nodiscard]] bool empty() const;
  void add(const claimed_job& job);
  /// The ids of messages that another has by now, or that are gone.
  std::vector<int64_t> run(pg::connection& conn) const;
};

} // namespace nova::jobs
