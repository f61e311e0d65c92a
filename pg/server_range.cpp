#include "pg/server_range.hpp"

namespace nova::pg {

server_support support_of(int number) {
  constexpr int numbers_of_a_major = 10'000; // since version 10
  auto major = number / numbers_of_a_major;
  if (major < server_major_min)
    return server_support::refused;
  return major > server_major_tested ? server_support::untested : server_support::tested;
}

std::string supported_servers() {
  auto oldest = std::to_string(server_major_min);
  return "PostgreSQL " + oldest + " or newer (tested: " + oldest + " to "
         + std::to_string(server_major_tested) + ")";
}

} // namespace nova::pg
