#pragma once

#include "nylas/api.hpp"

#include <cstdint>
#include <functional>
#include <memory>

namespace nova::nylas {

struct transport_limits {
  long connections_per_host = 64;
  long in_flight_max = 4096;
  bool http2 = true;
};

/// Many API calls at once over one curl multi handle: keep-alive, HTTP/2, gzip. Belongs to one thread,
/// apart from `wake()`. Adds the Authorization header itself, so that no request carries the key.
class transport {
public:
  using done = std::function<void(api_response)>;

  transport(api_settings settings, transport_limits limits);
  ~transport();

  transport(const transport&) = delete;
  transport& operator=(const transport&) = delete;

  /// Starts a call; `when_done` runs inside a later `run_once`. `extra_headers` are for tests and tools.
  void start(const api_request& request, done when_done);

  /// Performs what can be performed, waits at most `wait` for the network or `wake()`, delivers answers.
  void run_once(std::chrono::milliseconds wait);

  /// Ends a waiting `run_once`. Any thread.
  void wake();

  [[nodiscard]] size_t in_flight() const;

  /// Ends all running calls with status 0 and failure "cancelled".
  void cancel_all();

private:
  class implementation;
  std::unique_ptr<implementation> implementation_;
};

} // namespace nova::nylas
