#pragma once

#include "mail/certification.hpp"
#include "pg/connection.hpp"

#include <cstdint>
#include <optional>

namespace nova::pg {

/// Certifies the days that are stored as a backfill's own pages said; the others are due to be
/// listed. Answers how many it certified; none when another has it.
struct end_own_pages {
  static constexpr const char* name = "end_own_pages";

  certification which;

  std::optional<int64_t> run(connection& conn) const;
};

} // namespace nova::pg
