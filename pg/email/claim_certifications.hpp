#pragma once

#include "mail/certification.hpp"
#include "mail/ids.hpp"
#include "pg/connection.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace nova::pg {

/// Takes what is due to be compared with the provider, for two minutes and one an inbox, but none
/// of `in_hand`.
struct claim_certifications {
  static constexpr const char* name = "claim_certifications";

  uint32_t limit = 0;
  std::string by; // the node
  std::vector<inbox_id> in_hand{};

  std::vector<certification> run(connection& conn) const;
};

} // namespace nova::pg
