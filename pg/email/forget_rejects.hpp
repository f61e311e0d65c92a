#pragma once

#include "mail/message.hpp"
#include "pg/connection.hpp"

#include <cstdint>
#include <vector>

namespace nova::pg {

/// Forgets those that can be read now. Answers how many there were.
struct forget_rejects {
  static constexpr const char* name = "forget_rejects";

  std::vector<claimed_reject> rejects;

  uint64_t run(connection& conn) const;
};

} // namespace nova::pg
