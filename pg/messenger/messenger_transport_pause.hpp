#pragma once

#include "pg/connection.hpp"

#include <string>

namespace nova::pg {

/// Gives out no more messages of a transport, or goes on. False: nobody has used a transport of
/// that name.
struct messenger_transport_pause {
  static constexpr const char* name = "messenger_transport_pause";

  std::string transport;
  bool paused = true;

  bool run(connection& conn) const;
};

} // namespace nova::pg
