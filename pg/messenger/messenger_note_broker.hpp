#pragma once

#include "pg/connection.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace nova::pg {

/// How a worker finds the broker of a transport.
struct messenger_note_broker {
  static constexpr const char* name = "messenger_note_broker";

  std::string transport, worker;
  std::string error_class, text;     // empty: it answers
  std::optional<int64_t> depth = {}; // messages that it has
  int32_t in_hand = 0;               // of them, those of this worker

  void run(connection& conn) const;
};

} // namespace nova::pg
