#pragma once

#include "jobs/claimed_job.hpp"
#include "mail/queue_message.hpp"
#include "pg/integrations/claim_syncs.hpp"
#include "pg/jobs/claim_upkeep.hpp"
#include "pg/jobs/list_handlers.hpp"
#include "pg/messenger/messenger_claim.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace nova::jobs {

/// Who holds the leases of a node of the cluster; its end gives them back
/// (nova.release_ended_jobs).
std::string worker_of_node(int64_t epoch);

/// What a look at the database says of handlers and sources, when it is not as it was.
struct look_for_handlers {
  static constexpr const char* name = "look_for_handlers";

  struct answer {
    std::string digest;
    std::optional<std::vector<pg::set_handler>> handlers; // nothing: as at the digest that is known
    bool messenger = false;                               // is installed
    std::set<std::string> brokers = {};                   // transports of other systems
    bool integrations = false;                            // likewise
  };

  std::string known = {};

  answer run(pg::connection& conn) const;
};

/// When the next messages and tasks that wait for their time come.
struct look_ahead {
  static constexpr const char* name = "look_ahead";

  struct answer {
    std::optional<std::chrono::milliseconds> message, task, sync; // nothing: none waits
  };

  bool messages = false, tasks = false, syncs = false; // are looked for

  answer run(pg::connection& conn) const;
};

/// What was claimed of a transport, a queue, of upkeep or of syncs, as jobs.
std::vector<claimed_job> jobs_of(const std::string& transport,
                                 std::vector<pg::claimed_message>&& messages);
std::vector<claimed_job> jobs_of(const std::string& queue, std::vector<queue_message>&& messages);
std::vector<claimed_job> jobs_of(const std::string& place,
                                 const std::vector<pg::claimed_upkeep>& tasks);
std::vector<claimed_job> jobs_of(const std::string& place,
                                 const std::vector<pg::claimed_sync>& syncs);

/// Why nobody does a job, and what helps.
std::string why_nobody(const claimed_job& job);

} // namespace nova::jobs
