#pragma once

#include "adopt/source.hpp"
#include "pg/connection.hpp"

#include <cstdint>
#include <map>
#include <string>

namespace nova::adopt {

/// What went back to the Node service.
struct given_back {
  std::map<std::string, int64_t> messages; // by queue: what was taken and not worked off
  int64_t notifications = 0;               // that came to Nova alone
  int64_t there_already = 0;               // notifications that the Node service has too
};

/// Gives the Node service what it missed: messages of its queues that Nova has not worked off,
/// under the ids that they had, and each notification that came to Nova alone, as the Node service
/// keeps its own. A second run changes nothing. Throws `unfit` where the notifications' table
/// cannot be written.
given_back give_back(const source& to, pg::connection& target);

} // namespace nova::adopt
