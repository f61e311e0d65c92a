#pragma once

#include "pg/connection.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace nova::pg {

/// Latencies in milliseconds, from the POST to the commit of the effect, of those that came once.
struct webhooks_proof {
  uint64_t lost = 0;    // not in the audit log
  uint64_t pending = 0; // their effect is still to come
  double p50 = 0, p99 = 0;
};

/// What became of notifications that were acknowledged. Needs a server with
/// `track_commit_timestamp`.
struct prove_webhooks {
  static constexpr const char* name = "prove_webhooks";

  std::vector<std::string> ids;
  std::vector<int64_t> posted_at; // of ids[i], microseconds since 1970

  webhooks_proof run(connection& conn) const;
};

} // namespace nova::pg
