#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nova::http {

class stream_waker;

/// A request as it came in, whole. Header names keep the sender's spelling.
struct request {
  std::string method;
  /// Path and query, still percent-encoded, as on the request line.
  std::string target;
  std::vector<std::pair<std::string, std::string>> headers;
  /// Raw bytes: signatures are over these. Not decompressed.
  std::string body;
  /// Address of the peer, for logs.
  std::string peer;
  /// The user on the other end of a Unix socket, as the kernel says; nothing on others.
  std::optional<uint32_t> peer_uid;
  /// When the last byte was read.
  std::chrono::steady_clock::time_point received;

  /// The first header of that name, whatever its case; empty when there is none.
  [[nodiscard]] std::string_view header(std::string_view name) const;

  /// The target without its query, still percent-encoded.
  [[nodiscard]] std::string_view path() const;
};

/// Compares ASCII letters without regard to their case, as names of header fields are.
[[nodiscard]] bool equal_ignoring_case(std::string_view left, std::string_view right);

/// What is sent back. `Content-Length`, `Date` and `Connection` are the server's business.
struct response {
  int status = 200;
  std::string body;
  std::string content_type = "application/json";
  std::vector<std::pair<std::string, std::string>> headers;
  /// The connection is closed behind it.
  bool close = false;
  /// Faults for the simulator: waits before the first byte; sends only so many bytes of the body,
  /// then cuts the connection (0: cuts it before the first byte of the answer).
  std::chrono::milliseconds delay{0};
  std::optional<size_t> cut_after;
  /// Instead of a body: what is sent piece by piece until it returns nothing. Called some ten times
  /// a second on the server's thread, which it must not block; an empty piece sends nothing. Goes
  /// with its connection, which is closed at the end.
  std::function<std::optional<std::string>()> next;
  /// With it `next` is called when it is woken, and once a second.
  std::shared_ptr<stream_waker> waker;
};

/// What a client may ask of us. A breach is answered (413, 431, 408, 503) and the connection
/// closed. The times are exact to a quarter of the shortest of them, at best 5 ms.
struct server_limits {
  size_t body_max = size_t{4} << 20;
  /// Of all bodies that are being read at one time; who would exceed it gets 503.
  size_t bodies_max = size_t{256} << 20;
  size_t header_max = size_t{16} << 10;
  /// When all places are taken, the oldest connection that has not sent a whole request gives its
  /// own, or one that has been idle for a second behind its last; first one of the host that has
  /// most of these. Where there is none the newcomer gets 503.
  size_t connections_max = 1024;
  /// Of one host, which then gives one of its own places; 0: no bound. Not on a Unix socket.
  size_t connections_per_host = 0;
  /// Paths that are answered although all places are taken: in the reserve from which 503 is said.
  std::vector<std::string> reserved_paths = {};
  /// From accept to the first byte.
  std::chrono::milliseconds first_byte_timeout{10'000};
  /// From the first byte of a request to its last.
  std::chrono::milliseconds read_timeout{10'000};
  std::chrono::milliseconds write_timeout{10'000};
  /// Between two requests of a kept-alive connection.
  std::chrono::milliseconds idle_timeout{60'000};
  int threads = 1;
};

/// HTTP/1.1 with keep-alive and bounds, on threads of its own.
class server {
public:
  /// Sends the answer; callable from any thread. Only the first call counts. When all copies are
  /// gone without a call, the client gets 500.
  using reply = std::function<void(response)>;
  /// Called on a server thread, which it must not block. What it throws is logged and answered with
  /// 500.
  using handler = std::function<void(request, reply)>;

  /// Told the status of each request that was refused without asking the handler. On a server
  /// thread.
  using refusal_observer = std::function<void(int status)>;

  server(server_limits limits, handler handle, refusal_observer refused = {});
  ~server();

  server(const server&) = delete;
  server& operator=(const server&) = delete;

  /// Starts to accept. Port 0 takes any free one; returns the port in use. Throws
  /// `std::system_error` with the address in its text when it cannot listen.
  uint16_t listen(const std::string& host, uint16_t port);

  /// Listens on a Unix socket that only our own user may open. Replaces a socket file that nobody
  /// listens on; `stop` removes ours. Throws `std::system_error` with the path when it cannot
  /// listen.
  void listen_unix(const std::string& path);

  /// Stops accepting, lets running requests end for at most `grace`, closes the rest. Idempotent.
  /// Waits; never call it from a handler. A reply that comes later is dropped.
  void stop(std::chrono::milliseconds grace = std::chrono::milliseconds{2000});

private:
  class implementation;
  std::unique_ptr<implementation> implementation_;
};

} // namespace nova::http
