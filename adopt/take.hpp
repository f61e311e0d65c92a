#pragma once

#include "adopt/source.hpp"
#include "pg/connection.hpp"

#include <cstdint>
#include <map>
#include <string>

namespace nova::adopt {

/// What a take did, by what the messages became.
struct taken {
  std::map<std::string, int64_t> became; // notification, backfill, rejected
  int64_t waiting = 0; // leased by the Node service at this moment: take again when it is stopped
};

/// Takes what waits in the queues of the Node service, each message once: it is noted here, and
/// then archived there. Interrupted anywhere, a second run ends what was begun. Notifications
/// become Nova's; jobs of backfills and of threads are the work of `pg::start_adopted_backfills`.
/// Nothing is taken where both are in one database.
taken take_queues(const source& from, pg::connection& target);

} // namespace nova::adopt
