#pragma once

#include "actors/queue_work.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace nova {

namespace pg {
class connection;
}

/// What the messages of a queue are. notifications: references to rows of the audit table, which
/// come with what the row says, so that their handler need not ask.
enum class queue_content : uint8_t { jobs, notifications };

/// Reads from a queue; what is read is hidden for the visibility time. Answers in the order of the
/// queue.
struct read_queue {
  static constexpr const char* name = "read_queue";

  std::string queue;
  queue_content content = queue_content::jobs;
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
