#include "pg/email/fail_threads.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

std::vector<bool> fail_threads::run(connection& conn) const {
  if (failures.empty())
    return {};
  std::vector<std::string_view> configs, threads, reasons;
  std::vector<int64_t> tokens, delays;
  std::vector<bool> permanent, throttled;
  for (const auto& failure : failures) {
    configs.push_back(failure.claim.config.value);
    threads.push_back(failure.claim.thread.value);
    tokens.push_back(failure.claim.token);
    reasons.push_back(failure.reason);
    permanent.push_back(failure.permanent);
    throttled.push_back(failure.throttled);
    delays.push_back(failure.delay_ms);
  }
  return conn
    .exec(sql::fail_threads, configs, threads, tokens, reasons, permanent, throttled, delays)
    .column<bool>();
}

} // namespace nova::pg
