#pragma once

#include "pg/connection.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace nova::pg {

/// What a token of the feed is good for.
struct change_reader {
  std::vector<std::string> inboxes;
  std::chrono::seconds left{}; // until it ends
};

/// Nothing when the token is not good, or no more.
struct check_change_token {
  static constexpr const char* name = "check_change_token";

  std::string hash; // sha256 of the token, 32 bytes

  [[nodiscard]] std::optional<change_reader> run(connection& conn) const;
};

} // namespace nova::pg
