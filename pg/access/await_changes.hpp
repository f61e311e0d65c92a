#pragma once

#include "pg/connection.hpp"

#include <chrono>
#include <string>

namespace nova::pg {

/// Has channel `nova_changes` notified of what changes, for so long; who listens says it again
/// before.
struct await_changes {
  static constexpr const char* name = "await_changes";

  std::string who;
  std::chrono::milliseconds lasting{};

  void run(connection& conn) const;
};

} // namespace nova::pg
