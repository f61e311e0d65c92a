#pragma once

#include "mail/message.hpp"
#include "pg/connection.hpp"

#include <cstdint>
#include <vector>

namespace nova::pg {

/// Takes rejects that another version of the program could not read, hides them for ten minutes,
/// and forgets those that were stored meanwhile.
struct claim_rejects {
  static constexpr const char* name = "claim_rejects";

  uint32_t limit = 0;

  std::vector<claimed_reject> run(connection& conn) const;
};

} // namespace nova::pg
