#pragma once

#include "mail/threads.hpp"
#include "pg/connection.hpp"

#include <cstdint>
#include <vector>

namespace nova::pg {

/// Turns jobs of one backfill into rows to claim: new threads, and ended ones whose end is older
/// than the job. Reopens a completed backfill. Answers how many there are to claim now. NV005
/// unknown, NV008 cancelled or failed.
struct accept_thread_jobs {
  static constexpr const char* name = "accept_thread_jobs";

  config_id config;
  std::vector<thread_job> jobs;

  uint64_t run(connection& conn) const;
};

} // namespace nova::pg
