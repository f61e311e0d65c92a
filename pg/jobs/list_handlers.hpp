#pragma once

#include "pg/connection.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace nova::pg {

/// Who does which jobs: messages of `type`, or what is in `queue`.
struct set_handler {
  std::string type = {};      // empty: of a queue
  std::string transport = {}; // empty: of every one that is worked at
  std::string queue = {};
  std::string kind = {};   // http or sql
  std::string config = {}; // JSON text
  std::chrono::milliseconds timeout{0};
  int64_t id = 0;
  std::string limit_key = {}; // of what its limits are; empty: it has none
};

/// The handlers that are set and enabled.
struct list_handlers {
  static constexpr const char* name = "list_handlers";

  std::vector<set_handler> run(connection& conn) const;
};

} // namespace nova::pg
