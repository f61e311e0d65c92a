#pragma once

#include "http/http_server.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace nova::http {

/// Takes one HTTP/1.x request apart as its bytes come in, with RFC 9112 read strictly: what two
/// readers could understand in two ways (both lengths, folded lines, bare line feeds) is refused,
/// so that no proxy in front of us sees other requests than we do. Knows no socket. One object a
/// request.
class request_parser {
public:
  explicit request_parser(const server_limits& limits)
    : header_max_(limits.header_max), body_max_(limits.body_max) {}

  /// Takes bytes up to the end of the request and says how many. The rest belongs to the next
  /// request.
  [[nodiscard]] size_t feed(std::string_view bytes);

  /// Nothing of a request has come yet.
  bool empty() const noexcept {
    return step_ == step::head && head_.empty();
  }

  bool done() const noexcept {
    return step_ == step::done;
  }

  /// The status to refuse the request with: 400, 413, 431, 501 or 505; 0 while there is nothing to
  /// refuse.
  int refusal() const noexcept {
    return refusal_;
  }

  /// The header is whole and the client waits for `100 Continue` before it sends the body.
  bool awaits_continue() const noexcept {
    return expects_continue_ && step_ != step::head && step_ != step::done && request_.body.empty();
  }

  /// The client wants the connection kept after this request.
  bool keep_alive() const noexcept {
    return keep_alive_;
  }

  /// Bytes of the body so far.
  size_t body_size() const noexcept {
    return request_.body.size();
  }

  /// The request, once `done()`.
  request take() {
    return std::move(request_);
  }

private:
  enum class step { head, body, chunk_size, chunk_data, chunk_end, trailer, done, failed };

  size_t feed_head(std::string_view bytes);
  size_t feed_body(std::string_view bytes);
  size_t feed_line(std::string_view bytes);
  void parse_head(std::string_view head);
  bool parse_request_line(std::string_view line);
  bool parse_field(std::string_view line);
  bool parse_framing(std::string_view name, std::string_view value);
  void parse_chunk_size(std::string_view line);
  void end_line(std::string_view line);
  bool refuse(int status);

  size_t header_max_;
  size_t body_max_;
  step step_ = step::head;
  int refusal_ = 0;
  request request_;
  std::string head_;     // of a header or a chunk line that came in pieces
  size_t trailer_ = 0;   // bytes of trailer lines so far
  uint64_t missing_ = 0; // bytes of the body or chunk still to come
  bool has_length_ = false;
  bool chunked_ = false;
  bool expects_continue_ = false;
  bool keep_alive_ = false;
  bool http_1_0_ = false;
};

} // namespace nova::http
