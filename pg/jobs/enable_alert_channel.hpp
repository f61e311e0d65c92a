#pragma once

#include "pg/connection.hpp"

#include <cstdint>
#include <string>

namespace nova::pg {

/// Pauses a channel, or takes every pause back: of a channel, of an address, or of the mail server
/// (`smtp`). False: there is none.
struct enable_alert_channel {
  static constexpr const char* name = "enable_alert_channel";

  std::string channel;
  bool enabled = true;

  bool run(connection& conn) const;
};

} // namespace nova::pg
