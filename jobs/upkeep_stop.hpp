#pragma once

#include "pg/connection.hpp"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <stdexcept>

namespace nova::jobs {

/// Work was ended from outside; its claim is somebody else's business.
struct upkeep_stopped : std::runtime_error {
  upkeep_stopped() : std::runtime_error("it was ended from outside") {}
};

/// How a long piece of upkeep, which blocks its thread, is ended by another.
class upkeep_stop {
public:
  /// Throws `upkeep_stopped` when it was ended.
  void check() const;
  /// Waits, and throws as `check` as soon as it is ended.
  void pause(std::chrono::nanoseconds wait) const;
  /// What is to be cancelled too.
  void runs_on(const pg::connection& conn);

  /// Any thread. Blocks for one connect to the server.
  void end();

private:
  mutable std::mutex guard_;
  mutable std::condition_variable changed_;
  bool ended_ = false;
  std::optional<pg::cancel_token> running_;
};

} // namespace nova::jobs
