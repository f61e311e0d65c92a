#pragma once

#include "mail/day_range.hpp"
#include "mail/ids.hpp"
#include "pg/connection.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace nova::pg {

/// From here on it is noticed who writes mail of these days. In a transaction of its own; then
/// `open_comparison`. Answers its number.
struct begin_comparison {
  static constexpr const char* name = "begin_comparison";

  inbox_id inbox;
  day_range days;
  std::string by;                       // the node, or who gave the command
  std::optional<int64_t> listed_from{}; // in the first day that the provider lists; none: all

  int64_t run(connection& conn) const;
};

} // namespace nova::pg
