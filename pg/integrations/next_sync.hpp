#pragma once

#include "pg/connection.hpp"

#include <chrono>
#include <optional>

namespace nova::pg {

/// How long until a run of a sync may be claimed; zero: one is due. Nothing: none waits.
struct next_sync {
  static constexpr const char* name = "next_sync";

  std::optional<std::chrono::milliseconds> run(connection& conn) const;
};

} // namespace nova::pg
