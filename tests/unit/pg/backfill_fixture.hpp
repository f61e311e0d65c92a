#pragma once

#include "pg/email/claim_threads.hpp"
#include "pg/email/fail_threads.hpp"
#include "pg/email/list_backfills.hpp"
#include "pg/email/list_progress.hpp"
#include "tests/unit/pg/email_builders.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace nova::test {

constexpr int64_t day = 86'400; // seconds

/// The threads that were claimed, in order.
inline std::vector<std::string> ids(const std::vector<thread_claim>& claims) {
  std::vector<std::string> all;
  all.reserve(claims.size());
  for (const auto& claim : claims)
    all.push_back(claim.thread.value);
  return all;
}

/// What the cases of backfills ask again and again.
struct backfill_fixture : email_fixture {
  std::string status(const std::string& config) {
    return perform(pg::list_backfills{config}).at(0).status;
  }

  /// queued|processing|completed|failed of the rows, and whether the statistics say the same.
  std::string counts(const std::string& config) {
    auto one = perform(pg::list_progress{config}).at(0);
    auto told = std::to_string(one.queued) + "|" + std::to_string(one.processing) + "|"
                + std::to_string(one.completed) + "|" + std::to_string(one.failed);
    auto rows = value(
      "select concat_ws('|', count(*) filter (where status = 'queued'), count(*) filter (where "
      "status = 'processing'), "
      "count(*) filter (where status = 'completed'), count(*) filter (where status = 'failed')) "
      "from queued_threads where config_id = '"
      + config + "'");
    return rows == told ? rows : "rows " + rows + ", statistics " + told;
  }

  std::vector<thread_claim> claim(uint32_t limit) {
    return perform(pg::claim_threads{"node-1", 1, limit});
  }

  std::string retry_fails(const std::vector<thread_claim>& claims, bool throttled) {
    std::vector<thread_failure> failures;
    failures.reserve(claims.size());
    for (const auto& one : claims)
      failures.push_back({one, "no luck", false, throttled, 0});
    auto good = perform(pg::fail_threads{failures});
    return std::all_of(good.begin(), good.end(), [](bool x) { return x; }) ? "accepted" : "stale";
  }
};

} // namespace nova::test
