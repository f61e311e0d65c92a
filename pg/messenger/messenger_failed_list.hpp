#pragma once

#include "pg/connection.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace nova::pg {

struct failed_row {
  std::string id, transport, queue, type, error_class, error;
  int32_t attempts = 0;
  int64_t failed_at = 0, retried_at = 0; // seconds since 1970; 0: never
};

/// Failed messages, the newest first; empty texts: any.
struct messenger_failed_list {
  static constexpr const char* name = "messenger_failed_list";

  std::string transport = {}, type = {}, error_class = {};
  int64_t since = 0;    // seconds since 1970
  bool retried = false; // those that were sent again too
  uint32_t limit = 50;

  std::vector<failed_row> run(connection& conn) const;
};

} // namespace nova::pg
