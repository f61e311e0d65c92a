#pragma once

#include "pg/connection.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace nova::pg {

struct sent_slot {
  std::string slot; // ISO 8601
  int64_t message = 0;
};

/// Sends the slots of a time that has passed, at most 1,000, each once however often it is asked
/// for while its message lives. Fails with NM006 when there is no such schedule.
struct messenger_backfill_schedule {
  static constexpr const char* name = "messenger_backfill_schedule";

  std::string schedule;
  int64_t from_s = 0, to_s = 0; // seconds since 1970

  std::vector<sent_slot> run(connection& conn) const;
};

} // namespace nova::pg
