#pragma once

#include "pg/connection.hpp"

#include <chrono>
#include <optional>

namespace nova::pg {

/// How long until the next message that waits for its time comes; nothing when none waits.
struct messenger_next_due {
  static constexpr const char* name = "messenger_next_due";

  std::optional<std::chrono::milliseconds> run(connection& conn) const;
};

} // namespace nova::pg
