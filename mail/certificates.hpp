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

/// The attachments of a day's messages when they were compared, and of how many the bytes are
/// stored, are too large for the setting, or cannot be had. The rest waits.
struct attachment_counts {
  uint64_t listed = 0, stored = 0, too_large = 0, unavailable = 0;

  [[nodiscard]] uint64_t waiting() const {
    auto settled = stored + too_large + unavailable;
    return listed > settled ? listed - settled : 0;
  }
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
  std::optional<attachment_counts> attachments = {}; // nothing: not counted
};

} // namespace nova
