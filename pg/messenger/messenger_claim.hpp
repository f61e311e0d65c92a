#pragma once

#include "pg/connection.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace nova::pg {

struct claimed_message {
  int64_t id = 0;
  int64_t token = 0;
  std::string type, body, headers, queue; // body and headers are JSON text
  int32_t attempts = 0;                   // failures so far
  int32_t deliveries = 0;                 // claims, this one included
  int32_t crashes = 0;                    // workers that ended while they had it
  std::string tenant = {};                // empty: none
};

/// In the order in which they are to be done. What the answer is to a message names its token.
struct messenger_claim {
  static constexpr const char* name = "messenger_claim";

  std::string transport = "default";
  std::vector<std::string> queues = {}; // empty: all
  std::string worker = {};
  int32_t limit = 1; // 1 to 10,000
  std::chrono::milliseconds lease{300'000};

  std::vector<claimed_message> run(connection& conn) const;
};

} // namespace nova::pg
