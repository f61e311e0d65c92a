#pragma once

#include "pg/connection.hpp"

#include <cstdint>
#include <string>

namespace nova::pg {

/// Answers with the id. The queue's readers are woken when the transaction commits.
struct queue_send {
  static constexpr const char* name = "queue_send";

  std::string queue;
  std::string body; // JSON text
  int64_t delay_s = 0;

  int64_t run(connection& conn) const;
};

} // namespace nova::pg
