#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace nova::test {

/// One answer as it came. `status` is 0 when the connection ended before a whole header.
struct raw_answer {
  int status = 0;
  std::string head;
  std::string body;
  /// The connection ended before the body was as long as `Content-Length` said.
  bool cut = false;
  /// It ended by a reset.
  bool reset = false;

  /// The value of a header field, written exactly so; empty when there is none.
  [[nodiscard]] std::string field(std::string_view name) const;
};

/// A blocking client that sends the bytes it is told to, right or wrong. Waits at most ten seconds
/// for anything. Throws `std::runtime_error` when it cannot connect.
class raw_client {
public:
  explicit raw_client(uint16_t port);
  explicit raw_client(const std::string& unix_path);
  ~raw_client();

  raw_client(const raw_client&) = delete;
  raw_client& operator=(const raw_client&) = delete;

  /// False when the other side has closed.
  bool send(std::string_view bytes) const;

  /// Sends `GET target` and reads the answer.
  raw_answer get(std::string_view target);

  /// Sends a `POST` with these extra header lines, each with its line end, and reads the answer.
  raw_answer post(std::string_view target, std::string_view body, std::string_view fields = {});

  /// Reads one answer; `of_head` when it is to a HEAD request.
  raw_answer read(bool of_head = false);

  /// Reads until what came has the text; false when it does not come within ten seconds, or the
  /// other side ends. What came stays: `came` shows it.
  bool read_until(std::string_view text);
  [[nodiscard]] const std::string& came() const noexcept {
    return buffer_;
  }

  /// True when the other side ends the connection within ten seconds without another byte.
  bool ended();

private:
  bool receive();

  int fd_;
  bool reset_ = false;
  std::string buffer_;
};

} // namespace nova::test
