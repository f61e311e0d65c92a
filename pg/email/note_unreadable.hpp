#pragma once

#include "mail/message.hpp"
#include "pg/connection.hpp"

#include <cstdint>
#include <vector>

namespace nova::pg {

/// What the provider listed and nobody could read: it breaks its day.
struct note_unreadable {
  static constexpr const char* name = "note_unreadable";

  int64_t comparison = 0;
  std::vector<email_reject> rejects;
  int64_t at = 0; // microseconds since 1970

  void run(connection& conn) const;
};

} // namespace nova::pg
