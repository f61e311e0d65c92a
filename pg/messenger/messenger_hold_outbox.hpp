#pragma once

#include "pg/connection.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace nova::pg {

/// The broker did not take them: again after the delay, without an attempt and with the reason.
struct messenger_hold_outbox {
  static constexpr const char* name = "messenger_hold_outbox";

  std::vector<int64_t> ids, tokens;
  std::chrono::milliseconds delay{0};
  std::string reason;

  void run(connection& conn) const;
};

} // namespace nova::pg
