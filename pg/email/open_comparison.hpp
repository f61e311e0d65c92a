#pragma once

#include "pg/connection.hpp"

#include <cstdint>

namespace nova::pg {

/// Before the first page is asked for: notes which transactions may write mail unseen.
struct open_comparison {
  static constexpr const char* name = "open_comparison";

  int64_t comparison = 0;

  void run(connection& conn) const;
};

} // namespace nova::pg
