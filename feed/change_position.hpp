#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace nova::feed {

/// A position of the feed, taken apart: `epoch:transaction:kind:inbox:key`.
struct change_position {
  std::string epoch;
  uint64_t transaction = 0;
  int kind = 0;
  std::string inbox, key;

  /// Whether it is behind `other` in the feed of one database.
  [[nodiscard]] bool after(const change_position& other) const;
};

/// Nothing when it is none.
std::optional<change_position> parse_position(std::string_view text);

} // namespace nova::feed
