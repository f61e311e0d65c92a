#pragma once

#include "mail/day_range.hpp"
#include "mail/ids.hpp"
#include "pg/connection.hpp"

#include <cstdint>
#include <string>

namespace nova::pg {

/// From here on it is noticed who writes mail of these days. In a transaction of its own; then
/// `open_comparison`. Answers its number.
struct begin_comparison {
  static constexpr const char* name = "begin_comparison";

  inbox_id inbox;
  day_range days;
  std::string by; // the node, or who gave the command

  int64_t run(connection& conn) const;
};

} // namespace nova::pg
