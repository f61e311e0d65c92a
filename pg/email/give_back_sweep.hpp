#pragma once

#include "mail/ids.hpp"
#include "pg/connection.hpp"

#include <cstdint>

namespace nova::pg {

/// It could not go on; it is due again at once.
struct give_back_sweep {
  static constexpr const char* name = "give_back_sweep";

  inbox_id inbox;
  int64_t token = 0;

  void run(connection& conn) const;
};

} // namespace nova::pg
