#pragma once

#include "nylas/api.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>

namespace nova::nylas {

struct transport_limits {
  /// More calls than the connections carry wait their turn, which counts towards their time-out.
  long connections_per_host = 64;
  /// A call beyond it fails at once.
  long in_flight_max = 4096;
  /// Of all answers in hand (`answer_budget`). Beyond it a call waits before it is sent, and an
  /// answer that comes in is not read on, but for the oldest when nothing else could make room.
  size_t answer_bytes_max = size_t{256} << 20;
  /// For https, where the server offers it.
  bool http2 = true;
  /// Asks for gzip: worth it over a network, not on the same machine.
  bool compressed = true;
  std::chrono::milliseconds connect_timeout{10'000};
  /// How long an answer that has begun may send nothing.
  std::chrono::milliseconds stall_max{30'000};
};

/// Many API calls at once over one curl multi handle: keep-alive, HTTP/2, gzip. Belongs to one
/// thread, apart from `wake()`. Adds the Authorization header itself, so that no request carries
/// the key. Redirects are not followed, only http and https are spoken, certificates are verified.
/// A proxy is taken from the environment as curl does, but never for a loopback address. A call
/// ends at its own time-out in any case.
class transport {
public:
  using done = std::function<void(api_response)>;

  /// Throws `base::broken_promise` for a key that cannot stand in a header.
  transport(api_settings settings, transport_limits limits);
  /// Drops the calls that run, without an answer.
  ~transport();

  transport(const transport&) = delete;
  transport& operator=(const transport&) = delete;

  /// Starts a call; `when_done` runs inside a later `run_once`, and may start calls.
  void start(const api_request& request, done when_done);

  /// Performs what can be performed, waits at most `wait` for the network or `wake()`, delivers
  /// answers. Returns earlier when there are some. An exception of a `when_done` passes through;
  /// the other answers come with the next call.
  void run_once(std::chrono::milliseconds wait);

  /// Ends a waiting `run_once`, or the next one. Any thread.
  void wake();

  /// Calls whose `when_done` has not run.
  [[nodiscard]] size_t in_flight() const;

  /// Ends all running calls with status 0 and failure "cancelled"; their `when_done` run inside.
  void cancel_all();

private:
  class implementation;
  std::unique_ptr<implementation> implementation_;
};

} // namespace nova::nylas
