#pragma once

#include "pg/connection.hpp"

#include <string>

namespace nova::pg {

/// False: there is no such channel.
struct remove_alert_channel {
  static constexpr const char* name = "remove_alert_channel";

  std::string channel;

  bool run(connection& conn) const;
};

} // namespace nova::pg
