#pragma once

#include "pg/connection.hpp"
#include "pg/messenger/messenger_send.hpp"

#include <string>
#include <vector>

namespace nova::pg {

/// As `messenger_send`, of what was asked for over HTTP or on the command line, word by word: what
/// is in a body, large numbers too, is read by the database alone.
struct messenger_send_request {
  static constexpr const char* name = "messenger_send_request";

  std::string messages; // a JSON array
  std::string key;      // of those that have none; empty: none

  std::vector<sent_message> run(connection& conn) const;
};

} // namespace nova::pg
