#pragma once

#include "actors/directory.hpp"

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace nova::app {

/// What of these actors a node that stops waits for, the commonest first: `thread_sync 12,
/// window_lister 1; longest: thread_sync/18f2, fetching messages, for 4 s`. Empty: nothing.
[[nodiscard]] std::string waits_for(const std::vector<actor_row>& actors, base::wall_time now);

/// While it exists, the log says once a second what a stop waits for.
class stop_progress {
public:
  explicit stop_progress(const actor_directory& directory);
  ~stop_progress();

  stop_progress(const stop_progress&) = delete;
  stop_progress& operator=(const stop_progress&) = delete;

private:
  void run();

  const actor_directory& directory_;
  std::mutex mutex_;
  std::condition_variable over_;
  bool done_ = false;
  std::thread thread_;
};

} // namespace nova::app
