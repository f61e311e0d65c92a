#pragma once

#include "pg/connection.hpp"
#include "pg/jobs/list_handlers.hpp"

#include <cstdint>

namespace nova::pg {

/// Sets a handler in the place of one for the same; answers its id. What may not be set is refused
/// with SQLSTATE 22023, 23514 or, with the grants that lack, 42501.
struct assign_handler {
  static constexpr const char* name = "assign_handler";

  set_handler handler;

  int64_t run(connection& conn) const;
};

} // namespace nova::pg
