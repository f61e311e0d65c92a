#pragma once

#include "pg/connection.hpp"

#include <chrono>
#include <optional>

namespace nova::pg {

/// How long until a task of upkeep may be claimed; zero: one is due. Nothing: there is none.
struct next_upkeep {
  static constexpr const char* name = "next_upkeep";

  std::optional<std::chrono::milliseconds> run(connection& conn) const;
};

} // namespace nova::pg
