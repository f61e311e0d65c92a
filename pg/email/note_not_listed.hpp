#pragma once

#include "mail/ids.hpp"
#include "pg/connection.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace nova::pg {

/// Messages that were not listed and answered with 404: the first of two looks. Answers of how
/// many.
struct note_not_listed {
  static constexpr const char* name = "note_not_listed";

  inbox_id inbox;
  std::vector<std::string> ids;
  int64_t lo = 0, hi = 0; // microseconds since 1970, between which the provider was asked

  uint32_t run(connection& conn) const;
};

} // namespace nova::pg
