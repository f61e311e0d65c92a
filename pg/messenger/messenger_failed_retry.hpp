#pragma once

#include "pg/connection.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace nova::pg {

struct retried_row {
  std::string id;
  int64_t message_id = 0; // 0: none
  std::string outcome;    // retried | already_retried | duplicate | unknown
};

/// Sends failed messages again, with all their attempts. Answers for each.
struct messenger_failed_retry {
  static constexpr const char* name = "messenger_failed_retry";

  std::vector<std::string> ids = {};
  std::string by = {};
  bool force = false;                   // also what was retried already
  std::string transport = {};           // empty: their own
  std::chrono::milliseconds spacing{0}; // between two
  std::chrono::milliseconds delay{0};   // before the first

  std::vector<retried_row> run(connection& conn) const;
};

} // namespace nova::pg
