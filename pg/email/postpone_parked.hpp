#pragma once

#include "mail/notifications.hpp"
#include "pg/connection.hpp"

#include <vector>

namespace nova::pg {

/// They are due again after their pauses.
struct postpone_parked {
  static constexpr const char* name = "postpone_parked";

  std::vector<parked_delay> delays;

  void run(connection& conn) const;
};

} // namespace nova::pg
