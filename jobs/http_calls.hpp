#pragma once

#include "base/secrets.hpp"
#include "jobs/http_caller.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>

namespace nova::jobs {

/// The calls of an `http_caller`, over one curl multi handle. Belongs to one thread, apart from
/// `wake()`.
class http_calls {
public:
  using done = std::function<void(url_called)>;

  http_calls(std::shared_ptr<const base::secrets> secrets, http_caller_limits limits);
  /// Drops the calls that run, without an answer.
  ~http_calls();

  http_calls(const http_calls&) = delete;
  http_calls& operator=(const http_calls&) = delete;

  /// Starts a call; `when_done` runs inside a later `run_once` or `cancel_all`.
  void start(call_url call, done when_done);

  /// Performs what can be performed, waits at most `wait` for the network or `wake()`, delivers
  /// answers. Returns earlier when there are some.
  void run_once(std::chrono::milliseconds wait);

  /// Ends a waiting `run_once`, or the next one. Any thread.
  void wake();

  /// Calls whose `when_done` has not run, and those of them that wait for a place.
  [[nodiscard]] size_t in_flight() const;
  [[nodiscard]] size_t waiting() const;

  /// Ends all calls with a failure `network`; their `when_done` run inside.
  void cancel_all();

private:
  class implementation;
  std::unique_ptr<implementation> implementation_;
};

} // namespace nova::jobs
