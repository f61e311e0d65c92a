#pragma once

#include "mail/inboxes.hpp"
#include "pg/connection.hpp"

#include <cstdint>
#include <vector>

namespace nova::pg {

/// Takes messages that are due to be read again, and hides them for a minute. Answers at most
/// `limit`.
struct claim_refetches {
  static constexpr const char* name = "claim_refetches";

  uint32_t limit = 0;

  std::vector<refetch> run(connection& conn) const;
};

} // namespace nova::pg
