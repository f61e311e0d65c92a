#pragma once

#include "mail/queue_message.hpp"
#include "pg/connection.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace nova::pg {

/// The first messages, visible or not, without leasing them.
struct queue_peek {
  static constexpr const char* name = "queue_peek";

  std::string queue;
  uint32_t limit = 0;

  std::vector<queue_message> run(connection& conn) const;
};

} // namespace nova::pg
