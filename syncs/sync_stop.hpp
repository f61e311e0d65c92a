#pragma once

#include "pg/connection.hpp"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stdexcept>
#include <vector>

namespace nova::syncs {

/// A run was ended from outside: cancelled, drained, or another has it.
struct sync_stopped : std::runtime_error {
  sync_stopped() : std::runtime_error("it was ended from outside") {}
};

/// How a run, which blocks its thread, is ended by another.
class sync_stop {
public:
  [[nodiscard]] bool ended() const;
  /// Throws `sync_stopped` when it was ended.
  void check() const;
  /// Waits, and throws as `check` as soon as it is ended.
  void pause(std::chrono::nanoseconds wait) const;
  /// One more connection whose statement is to be cancelled.
  void runs_on(const pg::connection& conn);

  /// Any thread. Blocks for a connect to each server.
  void end();

private:
  mutable std::mutex guard_;
  mutable std::condition_variable changed_;
  bool ended_ = false;
  std::vector<pg::cancel_token> running_;
};

} // namespace nova::syncs
