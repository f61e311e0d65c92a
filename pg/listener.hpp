#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace nova::pg {

/// A connection of its own for LISTEN that always drains. Belongs to one thread, apart from `wake()`.
class listener {
public:
  /// Connects and listens. Throws `pg::error`.
  listener(const std::string& settings, std::vector<std::string> channels);
  ~listener();

  struct notice {
    std::string channel;
    std::string payload;
  };

  /// What arrived within `wait`; empty when nothing did or `wake()` was called. Throws `failure::lost`
  /// when the connection broke; the owner then makes a new listener, with backoff.
  std::vector<notice> wait(std::chrono::milliseconds wait);

  /// Ends a running `wait`. Any thread.
  void wake();

private:
  class implementation;
  std::unique_ptr<implementation> implementation_;
};

} // namespace nova::pg
