#pragma once

#include "messages/queue_messages.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace nova {

namespace pg {
class connection;
}

/// Reads from a queue; what is read is hidden for the visibility time. Answers in the order of the
/// queue. Each message of the notification queue comes with what its audit row says, so that its
/// handler need not ask.
struct read_queue {
  static constexpr const char* name = "read_queue";

  std::string queue;
  uint32_t visibility_s = 300;
  uint32_t limit = 10;
  int64_t reader = 0; // the epoch of the node; 0: alone
  /// An earlier read may have hidden messages of which nobody knows: all but those that are held
  /// are made visible first.
  bool doubtful = false;
  std::vector<int64_t> held = {};

  /// Marks itself as doubtful, in case that it has to be run again.
  std::vector<queue_message> run(pg::connection& conn);
};

} // namespace nova
