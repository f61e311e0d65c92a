#pragma once

#include "mail/ids.hpp"
#include "pg/connection.hpp"

namespace nova::pg {

/// It could not be made; its inbox is due again at once.
struct give_back_sweep {
  static constexpr const char* name = "give_back_sweep";

  inbox_id inbox;

  void run(connection& conn) const;
};

} // namespace nova::pg
