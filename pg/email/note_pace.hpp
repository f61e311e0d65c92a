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
  uint32_t waiting = 0, waiting_remote = 0; // calls, for all nodes and for others than this one
  int64_t oldest_wait_ms = 0;
  uint32_t running = 0;
  double units_allowed = 0, units_left = 0; // a second; 0 where the provider counts none
  int64_t throttled_for_ms = 0;

  void run(connection& conn) const;
};

} // namespace nova::pg
