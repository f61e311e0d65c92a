#pragma once

#include "base/clock.hpp"
#include "http/http_server.hpp" // brings <utility>, without which Asio 1.74 does not compile

#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <ctime>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>

// For http_server.cpp only: Asio costs seconds in each file that sees it.

namespace nova::http {

class request_parser;

namespace detail {

namespace asio = boost::asio;

using error_code = boost::system::error_code;
using executor = asio::io_context::executor_type;
using protocol = asio::generic::stream_protocol;
using stream_socket = asio::basic_stream_socket<protocol, executor>;
using timer = asio::basic_waitable_timer<std::chrono::steady_clock,
                                         asio::wait_traits<std::chrono::steady_clock>, executor>;
using time_point = std::chrono::steady_clock::time_point;
template <class T>
using task = asio::awaitable<T, executor>;

constexpr asio::use_awaitable_t<executor> use_task;
constexpr auto never = time_point::max();

inline time_point now() {
  return base::monotonic_now();
}

class connection;

/// One thread's share. Touched on that thread only.
struct event_loop {
  asio::io_context context{1};
  asio::executor_work_guard<executor> work{context.get_executor()};
  timer tick{context};
  std::unordered_set<connection*> connections;
  bool stopping = false;
  bool closed = false;
  std::time_t date_seconds = 0;
  std::string date_text;

  /// The time as the `Date` field has it.
  const std::string& date();
};

/// What all connections of a server share. Outlives them.
struct server_rules {
  server_limits limits;
  server::handler handle;
  server::refusal_observer refused;
  std::atomic<size_t> body_bytes{0}; // of requests that are being read
};

/// One client, from accept to close: one coroutine on its loop.
class connection : public std::enable_shared_from_this<connection> {
public:
  connection(server_rules& rules, const std::shared_ptr<event_loop>& loop, stream_socket socket);

  /// Serves requests until either side has had enough.
  task<void> serve();
  /// For one client too many: answers the reserved paths alone.
  task<void> turn_away();

  /// When it began to wait for its client, who has sent nothing whole since; nothing when its place
  /// is not to be given to another. Any thread.
  [[nodiscard]] std::optional<time_point> waits_since() const {
    auto since = waits_since_.load(std::memory_order_relaxed);
    if (since == 0)
      return {};
    return time_point{time_point::duration{since}};
  }

  void deliver(response response) {
    answer_ = std::move(response);
    signal_.cancel();
  }

  /// Ends when what runs is answered; at once when nothing runs.
  void drain() {
    if (idle_)
      close();
  }

  void close() {
    closing_ = true;
    interrupt();
  }

  /// Ends a pause between two pieces of a stream.
  void nudge() {
    signal_.cancel();
  }

  void check_deadline(time_point at) {
    if (at < deadline_)
      return;
    expired_ = true;
    interrupt();
  }

private:
  task<int> read(request_parser& parser);
  [[nodiscard]] std::chrono::milliseconds idle_limit() const;
  void wait_for_client();
  task<void> refuse(int status);
  task<bool> ask(request request);
  task<bool> wait_until(time_point at);
  task<bool> send(bool head_only, bool keep_alive);
  task<void> stream();
  task<bool> write(std::string_view head, std::string_view body);
  task<void> cut();
  task<void> linger();

  void interrupt() {
    error_code ignored; // closed already: there is nothing left to interrupt
    socket_.cancel(ignored);
    signal_.cancel();
  }

  server_rules& rules_;
  event_loop* loop_;
  std::weak_ptr<event_loop> loop_owner_;
  stream_socket socket_;
  timer signal_; // wakes whoever waits for a reply or a delay
  std::string peer_;
  time_point deadline_ = never;
  bool expired_ = false; // the deadline has passed; whatever was under way has been interrupted
  bool closing_ = false; // the server closes; unwind without another word
  bool idle_ = false;    // between two requests
  bool fresh_ = true;    // no whole request has come yet
  bool welcome_ = true;  // has a place
  std::atomic<time_point::rep> waits_since_{0};
  std::optional<response> answer_;
  std::string head_;
  size_t begin_ = 0; // buffer_[begin_, end_) is read but not yet parsed
  size_t end_ = 0;
  std::array<char, 8192> buffer_;
};

} // namespace detail
} // namespace nova::http
