#pragma once

#include "mail/outages.hpp"
#include "pg/connection.hpp"

#include <chrono>
#include <string>

namespace nova::pg {

/// It could not be called just now. The row keeps since when; a grant is to be probed after that
/// pause.
struct record_outage {
  static constexpr const char* name = "record_outage";

  outage_scope scope = outage_scope::grant;
  std::string subject; // the grant, or the node
  std::string error;
  std::chrono::milliseconds until_probe{0};

  void run(connection& conn) const;
};

} // namespace nova::pg
