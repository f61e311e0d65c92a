#pragma once

#include "mail/inboxes.hpp"
#include "pg/connection.hpp"

#include <chrono>

namespace nova::pg {

/// A read failed: it is due again after that pause, at most a day, unless it came in new doubt or
/// was settled meanwhile.
struct postpone_refetches {
  static constexpr const char* name = "postpone_refetches";

  refetch which;
  std::chrono::milliseconds delay{0};

  void run(connection& conn) const;
};

} // namespace nova::pg
