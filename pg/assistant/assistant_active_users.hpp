#pragma once

#include "pg/connection.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace nova::pg {

struct active_users {
  std::string day; // 2026-11-20
  uint64_t users = 0;
};

/// The latest day first; days without a user are not there.
struct assistant_active_users {
  static constexpr const char* name = "assistant_active_users";

  uint32_t days = 0;  // back from today, of the session's time zone
  std::string tenant; // its id; empty: all tenants

  std::vector<active_users> run(connection& conn) const;
};

} // namespace nova::pg
