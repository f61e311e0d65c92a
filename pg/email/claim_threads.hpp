#pragma once

#include "mail/threads.hpp"
#include "pg/connection.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace nova::pg {

/// Claims due threads of backfills in `discovering` or `thread_sync` whose inbox can be called (not
/// auth_expired, not paused), newest first within a configuration and fair between inboxes. Answers
/// at most `limit`; none when there is nothing to do. SKIP LOCKED.
struct claim_threads {
  static constexpr const char* name = "claim_threads";

  std::string node;
  int64_t epoch = 0;
  uint32_t limit = 0;

  std::vector<thread_claim> run(connection& conn) const;
};

} // namespace nova::pg
