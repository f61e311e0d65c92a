#pragma once

#include "mail/certification.hpp"
#include "pg/connection.hpp"

#include <cstdint>
#include <optional>

namespace nova::pg {

/// Judges the days of a comparison whose whole list was noted. Answers whether none is broken; none
/// when another has it.
struct end_certification {
  static constexpr const char* name = "end_certification";

  certification which;
  uint64_t calls = 0;

  std::optional<bool> run(connection& conn) const;
};

} // namespace nova::pg
