#pragma once

#include "pg/connection.hpp"
#include "pg/jobs/list_handlers.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace nova::pg {

struct shown_handler {
  set_handler handler;
  bool enabled = true;
  std::string set_by;
  int64_t set_at = 0; // seconds since 1970
};

/// All handlers, those that are not enabled too, for people.
struct show_handlers {
  static constexpr const char* name = "show_handlers";

  std::vector<shown_handler> run(connection& conn) const;
};

} // namespace nova::pg
