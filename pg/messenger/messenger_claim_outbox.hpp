#pragma once

#include "pg/connection.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace nova::pg {

struct outbox_message {
  int64_t id = 0, token = 0;
  std::string payload; // as it is sent to the broker
};

/// Messages that wait to be sent to the broker of a transport; `messenger_complete` ends them.
struct messenger_claim_outbox {
  static constexpr const char* name = "messenger_claim_outbox";

  std::string transport;
  std::string worker;
  int32_t limit = 1; // 1 to 10,000
  std::chrono::milliseconds lease{60'000};

  std::vector<outbox_message> run(connection& conn) const;
};

} // namespace nova::pg
