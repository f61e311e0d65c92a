#pragma once

#include "pg/connection.hpp"

#include <chrono>

namespace nova::pg {

/// How long the message has waited that waits for its broker for longest; zero: none does.
struct messenger_outbox_age {
  static constexpr const char* name = "messenger_outbox_age";

  std::chrono::milliseconds run(connection& conn) const;
};

} // namespace nova::pg
