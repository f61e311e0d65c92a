#pragma once

#include "pg/connection.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace nova::pg {

struct feedback_day {
  std::string day;
  uint64_t positive = 0, negative = 0;
  double average = 0; // from -1 to 1, two places
};

/// The latest day first; days without a rating are not there.
struct assistant_feedback {
  static constexpr const char* name = "assistant_feedback";

  uint32_t days = 0;  // back from today, of the session's time zone
  std::string tenant; // its id; empty: all tenants

  std::vector<feedback_day> run(connection& conn) const;
};

} // namespace nova::pg
