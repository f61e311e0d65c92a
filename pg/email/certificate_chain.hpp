#pragma once

#include "mail/ids.hpp"
#include "pg/connection.hpp"

#include <cstdint>
#include <string>

namespace nova::pg {

struct certificate_log {
  uint64_t events = 0;
  std::string head;     // the newest hash, hex
  uint64_t changed = 0; // events that are not what they were
  bool has_known = false;
};

/// The log of an inbox's certificates, and whether somebody changed it.
struct certificate_chain {
  static constexpr const char* name = "certificate_chain";

  inbox_id inbox;
  std::string known{}; // a hash of it (hex); empty: none

  certificate_log run(connection& conn) const;
};

} // namespace nova::pg
