#pragma once

#include "pg/connection.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace nova::pg {

struct server_setting {
  std::string name;
  std::string value;  // as the server shows it
  int64_t amount = 0; // in bytes or seconds; 0: it is no number
  bool takes_lz4 = false;
};

/// What the server is set to, of these names; what it does not know is left out.
struct server_settings {
  static constexpr const char* name = "server_settings";

  std::vector<std::string_view> names;

  [[nodiscard]] std::vector<server_setting> run(connection& conn) const;
};

} // namespace nova::pg
