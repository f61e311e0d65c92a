#include "http/http_connection.hpp"

#include "base/log.hpp"
#include "http/http_message.hpp"
#include "http/http_parser.hpp"
#include "http/listen_socket.hpp"
#include "http/stream_waker.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/write.hpp>
#include <linux/sockios.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <atomic>

// A connection's life. Instead of a timer for each read and write it has a deadline, at which its
// loop looks a few times a second.
//
//   reading (idle, then read timeout) ──▶ handler asked ──▶ delay ──▶ writing (write timeout) ─┐
//      ▲                                                                                       │
//      └──────────────────────────────── keep-alive ◀──────────────────────────────────────────┘

namespace nova::http::detail {
namespace {

using namespace std::chrono_literals;

constexpr base::log http_connection_log{"HttpServer"};

// How long we read on after a refusal, so that a client in the midst of sending sees it rather than
// a reset.
constexpr auto linger_max = 1s;

// How long somebody for whom there is no place may take to say what he wants.
constexpr auto turn_away_max = 1s;

// How long a connection is kept for its next request although others wait for its place.
constexpr auto kept_alone = 1s;

// Between two looks whether a stream has more.
constexpr auto stream_pause = 100ms;
constexpr auto woken_stream_pause = 1s; // of one that says when it has more

response failure(std::string_view what) {
  response response;
  response.status = 500;
  response.body.append(R"({"error":")").append(what).append("\"}");
  return response;
}

/// What a handler's reply stands on. Keeps the loop, not the connection: the server may be gone by
/// then.
class reply_slot {
public:
  reply_slot(std::shared_ptr<event_loop> loop, std::weak_ptr<connection> asker)
    : loop_(std::move(loop)), asker_(std::move(asker)) {}

  reply_slot(const reply_slot&) = delete;
  reply_slot& operator=(const reply_slot&) = delete;

  ~reply_slot() {
    try {
      if (!answered_)
        answer(failure("no answer"));
    } catch (...) {
      // Out of memory. The connection is closed when the server stops.
    }
  }

  void answer(response response) {
    if (answered_.exchange(true))
      return;
    if (auto asker = asker_.lock())
      asio::dispatch(loop_->context,
                     [asker = std::move(asker), response = std::move(response)]() mutable {
                       asker->deliver(std::move(response));
                     });
  }

private:
  std::shared_ptr<event_loop> loop_;
  std::weak_ptr<connection> asker_;
  std::atomic<bool> answered_{false};
};

/// What one request has of the bytes that all bodies together may have, while it is being read.
class body_share {
public:
  explicit body_share(server_rules& rules) : rules_(rules) {}
  ~body_share() {
    rules_.body_bytes -= bytes_;
  }
  body_share(const body_share&) = delete;
  body_share& operator=(const body_share&) = delete;

  /// False when that is too much.
  [[nodiscard]] bool grow_to(size_t bytes) {
    auto more = bytes - std::exchange(bytes_, bytes);
    return (rules_.body_bytes += more) <= rules_.limits.bodies_max;
  }

private:
  server_rules& rules_;
  size_t bytes_ = 0;
};

} // namespace

const std::string& event_loop::date() {
  if (auto seconds = std::time(nullptr); seconds != date_seconds) {
    date_seconds = seconds;
    date_text = http_date(seconds);
  }
  return date_text;
}

connection::connection(server_rules& rules, const std::shared_ptr<event_loop>& loop,
                       stream_socket socket)
  : rules_(rules), loop_(loop.get()), loop_owner_(loop), socket_(std::move(socket)),
    signal_(loop_->context), peer_(peer_of(socket_.native_handle())) {}

task<void> connection::serve() {
  while (!loop_->stopping) {
    request_parser parser{rules_.limits};
    wait_for_client();
    int refusal = co_await read(parser);
    waits_since_ = 0;
    if (!parser.done()) {
      if (refusal != 0)
        co_await refuse(refusal);
      break;
    }
    bool keep_alive = parser.keep_alive();
    auto request = parser.take();
    bool head_only = request.method == "HEAD";
    if (!co_await ask(std::move(request)))
      break;
    if (!co_await send(head_only, keep_alive && !loop_->stopping))
      break;
  }
}

/// A kept connection is left alone for a moment: its client may be about to ask again.
void connection::wait_for_client() {
  auto since = fresh_ ? now() : now() + kept_alone;
  waits_since_ = since.time_since_epoch().count();
}

std::chrono::milliseconds connection::idle_limit() const {
  const auto& limits = rules_.limits;
  if (!welcome_)
    return turn_away_max;
  return fresh_ ? std::min(limits.first_byte_timeout, limits.idle_timeout) : limits.idle_timeout;
}

/// Reads until the request is done. When it never will be: the status to refuse it with, or 0 to
/// just close.
task<int> connection::read(request_parser& parser) {
  idle_ = true;
  deadline_ = now() + idle_limit();
  bool continued = false;
  body_share share{rules_};
  for (;;) {
    if (begin_ < end_) {
      if (idle_)
        deadline_ = now() + (welcome_ ? rules_.limits.read_timeout : turn_away_max);
      idle_ = false;
      begin_ += parser.feed({buffer_.data() + begin_, end_ - begin_});
      fresh_ = fresh_ && !parser.done();
      if (parser.done() || parser.refusal() != 0)
        co_return parser.refusal();
      if (!share.grow_to(parser.body_size()))
        co_return 503;
    }
    if (parser.awaits_continue() && !continued) {
      continued = true;
      if (!co_await write("HTTP/1.1 100 Continue\r\n\r\n", {}))
        co_return 0;
    }
    error_code failed;
    begin_ = 0;
    end_ = co_await socket_.async_read_some(asio::buffer(buffer_),
                                            asio::redirect_error(use_task, failed));
    if (failed)
      co_return expired_ && !idle_ && !closing_ ? 408 : 0;
  }
}

/// Says why, then closes: where the next request begins is not known.
task<void> connection::refuse(int status) {
  if (rules_.refused)
    rules_.refused(status);
  http_connection_log.debug("request refused", {{"peer", peer_}, {"status", status}});
  answer_.emplace();
  answer_->status = status;
  answer_->content_type = "text/plain";
  answer_->body = std::string{status_text(status)} + '\n';
  if (status == 503)
    answer_->headers.emplace_back("Retry-After", "1");
  expired_ = false;
  co_await send(false, false);
  if (!expired_)
    co_await linger();
}

task<void> connection::turn_away() {
  if (loop_->stopping)
    co_return;
  const auto& reserved = rules_.limits.reserved_paths;
  if (!reserved.empty()) {
    welcome_ = false;
    request_parser parser{rules_.limits};
    co_await read(parser);
    if (closing_)
      co_return;
    if (parser.done()) {
      auto request = parser.take();
      bool head_only = request.method == "HEAD";
      if (std::find(reserved.begin(), reserved.end(), request.path()) != reserved.end()) {
        if (co_await ask(std::move(request)))
          co_await send(head_only, false);
        co_return;
      }
    }
  }
  co_await refuse(503);
}

/// True when `answer_` holds what the handler says.
task<bool> connection::ask(request request) {
  deadline_ = never; // how long an answer may take is the handler's business
  answer_.reset();
  request.peer = peer_;
  request.peer_uid = peer_uid_of(socket_.native_handle());
  request.received = now();
  auto slot = std::make_shared<reply_slot>(loop_owner_.lock(), weak_from_this());
  try {
    rules_.handle(std::move(request),
                  [slot](response response) { slot->answer(std::move(response)); });
  } catch (const std::exception& problem) {
    http_connection_log.error("handler failed", {{"peer", peer_}, {"reason", problem.what()}});
    slot->answer(failure("internal error"));
  }
  slot.reset();
  while (!answer_ && !closing_)
    co_await wait_until(never);
  co_return !closing_;
}

/// False when something woke us before.
task<bool> connection::wait_until(time_point at) {
  error_code cancelled;
  signal_.expires_at(at);
  co_await signal_.async_wait(asio::redirect_error(use_task, cancelled));
  co_return !cancelled;
}

/// Sends `answer_`. True when the connection may be used again.
task<bool> connection::send(bool head_only, bool keep_alive) {
  auto& response = *answer_;
  if (response.delay > 0ms && !co_await wait_until(now() + response.delay))
    co_return false;
  if (response.cut_after == 0u) {
    co_await cut();
    co_return false;
  }
  head_.clear();
  render_head(head_, response, loop_->date(), keep_alive && !response.next && !response.close);
  if (response.next) {
    co_await stream();
    co_return false;
  }
  std::string_view body;
  if (!head_only && status_has_body(response.status))
    body = response.body;
  if (response.cut_after)
    body = body.substr(0, *response.cut_after);
  deadline_ = now() + rules_.limits.write_timeout;
  bool written = co_await write(head_, body);
  if (written && response.cut_after) {
    co_await cut();
    written = false;
  }
  deadline_ = never;
  co_return written&& keep_alive && !response.close;
}

/// Sends pieces until there are no more or the client has gone, which a write finds out.
task<void> connection::stream() {
  const auto pause = answer_->waker ? std::chrono::milliseconds{woken_stream_pause} : stream_pause;
  if (answer_->waker)
    answer_->waker->attach([loop = loop_owner_, self = weak_from_this()] {
      if (auto there = loop.lock())
        asio::post(there->context, [self] {
          if (auto asked = self.lock())
            asked->nudge();
        });
    });
  bool open = co_await write(head_, {});
  while (open && !loop_->stopping) {
    auto piece = answer_->next();
    if (!piece)
      break;
    deadline_ = now() + rules_.limits.write_timeout;
    open = piece->empty() || co_await write(*piece, {});
    deadline_ = never;
    if (open && piece->empty()) {
      co_await wait_until(now() + pause);
      open = !closing_ && !expired_;
    }
  }
  if (answer_->waker)
    answer_->waker->attach({});
}

task<bool> connection::write(std::string_view head, std::string_view body) {
  std::array<asio::const_buffer, 2> parts{asio::buffer(head), asio::buffer(body)};
  error_code failed;
  co_await asio::async_write(socket_, parts, asio::redirect_error(use_task, failed));
  co_return !failed && !expired_ && !closing_;
}

/// Resets the connection once the client has what was written: a reset overtakes bytes under way.
task<void> connection::cut() {
  int waiting = 0;
  while (!expired_ && !closing_ && ::ioctl(socket_.native_handle(), SIOCOUTQ, &waiting) == 0
         && waiting > 0)
    co_await wait_until(now() + 1ms);
  error_code ignored; // the client may have left first, which is what we want
  socket_.set_option(asio::socket_base::linger(true, 0), ignored);
  socket_.close(ignored);
}

task<void> connection::linger() {
  error_code failed;
  socket_.shutdown(stream_socket::shutdown_send, failed);
  deadline_ = now() + linger_max;
  while (!failed && !expired_ && !closing_)
    co_await socket_.async_read_some(asio::buffer(buffer_), asio::redirect_error(use_task, failed));
}

} // namespace nova::http::detail
