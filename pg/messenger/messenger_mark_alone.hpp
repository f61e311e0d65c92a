#pragma once

#include "pg/connection.hpp"

#include <cstdint>

namespace nova::pg {

/// Says that a message runs alone on its node, because its last worker ended without a word: if
/// this one does too, it is given up. False when the claim is not its any more.
struct messenger_mark_alone {
  static constexpr const char* name = "messenger_mark_alone";

  int64_t id = 0;
  int64_t token = 0;

  bool run(connection& conn) const;
};

} // namespace nova::pg
