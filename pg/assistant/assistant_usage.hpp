#pragma once

#include "pg/connection.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace nova::pg {

struct tenant_usage {
  std::string tenant_id, name;
  uint64_t users = 0, messages = 0, tokens = 0;
  std::string cost; // an exact number: a token costs less than a millionth
};

/// The tenant with most tokens first.
struct assistant_usage {
  static constexpr const char* name = "assistant_usage";

  uint32_t days = 0;  // back from today, of the session's time zone
  std::string tenant; // its id; empty: all tenants

  std::vector<tenant_usage> run(connection& conn) const;
};

} // namespace nova::pg
