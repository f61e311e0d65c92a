#pragma once

#include "mail/ids.hpp"
#include "pg/connection.hpp"

#include <cstdint>
#include <string>

namespace nova::pg {

/// How fast a mailbox is called, for who looks at its backfill.
struct note_pace {
  static constexpr const char* name = "note_pace";

  grant_id grant;
  std::string binds; // see the table nova.grant_paces
  double calls_a_second = 0;
  double units_a_second = 0;
  uint32_t places = 0;
  std::string node;

  void run(connection& conn) const;
};

} // namespace nova::pg
