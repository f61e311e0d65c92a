#pragma once

#include "pg/connection.hpp"

#include <chrono>
#include <optional>

namespace nova::pg {

/// How long until the next slot of a schedule; nothing when none has any.
struct messenger_next_slot {
  static constexpr const char* name = "messenger_next_slot";

  std::optional<std::chrono::milliseconds> run(connection& conn) const;
};

} // namespace nova::pg
