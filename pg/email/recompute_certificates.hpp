#pragma once

#include "mail/day_range.hpp"
#include "mail/ids.hpp"
#include "pg/connection.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace nova::pg {

struct stored_day {
  std::string day; // `2026-01-31` or `undated`
  uint64_t count = 0;
  std::string ids; // the digest, hex
};

/// What is stored now of the days of an inbox: to be held against their certificates.
struct recompute_certificates {
  static constexpr const char* name = "recompute_certificates";

  inbox_id inbox;
  day_range days{};

  std::vector<stored_day> run(connection& conn) const;
};

} // namespace nova::pg
