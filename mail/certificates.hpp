#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace nova {

/// One side of a day: how many messages, and the digests of their ids and of their content, hex.
struct mail_digest {
  uint64_t count = 0;
  std::string ids, content;
};

/// What the last comparison of a day found. Lists of ids are JSON arrays, each of at most a
/// hundred.
struct mail_certificate {
  std::string day;   // `2026-01-31`, or `undated`
  std::string state; // unknown, verified, broken, stale or unprovable
  std::string reason;
  mail_digest provider, stored;
  uint64_t in_flight = 0; // changed while they were compared
  std::string missing, extra, differing, rejected;
  std::optional<int64_t> compared_at, verified_at; // microseconds since 1970
  std::string compared_by;
};

} // namespace nova
