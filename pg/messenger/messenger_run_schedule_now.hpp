#pragma once

#include "pg/connection.hpp"

#include <cstdint>
#include <string>

namespace nova::pg {

/// Sends the message of a schedule at once, beside its slots. Answers the message's id; fails with
/// NM006 when there is no such schedule.
struct messenger_run_schedule_now {
  static constexpr const char* name = "messenger_run_schedule_now";

  std::string schedule;

  int64_t run(connection& conn) const;
};

} // namespace nova::pg
