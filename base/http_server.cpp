#include "base/http_server.hpp"

#include "base/ensure.hpp"
#include "base/http_message.hpp"
#include "base/http_parser.hpp"
#include "base/listen_socket.hpp"
#include "base/log.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <fcntl.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <condition_variable>
#include <ctime>
#include <mutex>
#include <thread>
#include <unordered_set>
#include <utility> // before Asio 1.74, which forgets it

// Each thread has an event loop; each connection lives on one loop and is one coroutine there, so
// nothing in a connection needs a lock. A reply from elsewhere is posted to the loop. Instead of a
// timer for each read and write, a connection has a deadline that its loop looks at a few times a
// second.
//
//   reading (idle, then read timeout) ──▶ handler asked ──▶ delay ──▶ writing (write timeout) ─┐
//      ▲                                                                                       │
//      └──────────────────────────────── keep-alive ◀──────────────────────────────────────────┘

namespace nova::base {
namespace {

namespace asio = boost::asio; // 1.74 needs <utility> before it; our own header brings it
using namespace std::chrono_literals;

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
constexpr log logger{"HttpServer"};

// How long we read on after a refusal, so that a client in the midst of sending sees it rather than
// a reset.
constexpr auto linger_max = 1s;
// Clients beyond the limit that get a 503 at the same time; any more are closed without a word.
constexpr size_t refused_max = 64;

time_point now() {
  return std::chrono::steady_clock::now();
}

http_response failure(std::string_view what) {
  http_response response;
  response.status = 500;
  response.body.append(R"({"error":")").append(what).append("\"}");
  return response;
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

  const std::string& date() {
    if (auto seconds = std::time(nullptr); seconds != date_seconds) {
      date_seconds = seconds;
      date_text = http_date(seconds);
    }
    return date_text;
  }
};

class connection : public std::enable_shared_from_this<connection> {
public:
  connection(const http_limits& limits, const http_server::handler& handle,
             std::shared_ptr<event_loop> loop, stream_socket socket)
    : limits_(limits), handle_(handle), loop_(loop.get()), loop_owner_(std::move(loop)),
      socket_(std::move(socket)), signal_(loop_->context), peer_(peer_of(socket_.native_handle())) {
  }

  /// Serves requests until either side has had enough.
  task<void> serve();
  /// For one client too many.
  task<void> turn_away();

  void deliver(http_response response) {
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

  void check_deadline(time_point at) {
    if (at < deadline_)
      return;
    expired_ = true;
    interrupt();
  }

private:
  task<bool> read(http_parser& parser);
  task<void> refuse(int status);
  task<bool> ask(http_request request);
  task<bool> wait_until(time_point at);
  task<bool> send(bool head_only, bool keep_alive);
  task<bool> write(std::string_view head, std::string_view body);
  task<void> cut();
  task<void> linger();

  void interrupt() {
    error_code ignored; // closed already: there is nothing left to interrupt
    socket_.cancel(ignored);
    signal_.cancel();
  }

  const http_limits& limits_;
  const http_server::handler& handle_;
  event_loop* loop_;
  std::weak_ptr<event_loop> loop_owner_;
  stream_socket socket_;
  timer signal_; // wakes whoever waits for a reply or a delay
  std::string peer_;
  time_point deadline_ = never;
  bool expired_ = false; // the deadline has passed; whatever was under way has been interrupted
  bool closing_ = false; // the server closes; unwind without another word
  bool idle_ = false;    // between two requests
  std::optional<http_response> answer_;
  std::string head_;
  size_t begin_ = 0; // buffer_[begin_, end_) is read but not yet parsed
  size_t end_ = 0;
  std::array<char, 8192> buffer_;
};

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

  void answer(http_response response) {
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

task<void> connection::serve() {
  while (!loop_->stopping) {
    http_parser parser{limits_};
    if (!co_await read(parser))
      break;
    bool keep_alive = parser.keep_alive();
    auto request = parser.take();
    bool head_only = request.method == "HEAD";
    if (!co_await ask(std::move(request)))
      break;
    if (!co_await send(head_only, keep_alive && !loop_->stopping))
      break;
  }
}

/// True when a whole request is there. Otherwise the connection is to be closed.
task<bool> connection::read(http_parser& parser) {
  idle_ = true;
  deadline_ = now() + limits_.idle_timeout;
  bool continued = false;
  for (;;) {
    if (begin_ < end_) {
      if (idle_)
        deadline_ = now() + limits_.read_timeout;
      idle_ = false;
      begin_ += parser.feed({buffer_.data() + begin_, end_ - begin_});
      if (parser.done())
        co_return true;
    }
    if (parser.refusal() != 0) {
      co_await refuse(parser.refusal());
      co_return false;
    }
    if (parser.awaits_continue() && !continued) {
      continued = true;
      if (!co_await write("HTTP/1.1 100 Continue\r\n\r\n", {}))
        co_return false;
    }
    error_code failed;
    begin_ = 0;
    end_ = co_await socket_.async_read_some(asio::buffer(buffer_),
                                            asio::redirect_error(use_task, failed));
    if (failed) {
      if (expired_ && !idle_ && !closing_)
        co_await refuse(408);
      co_return false;
    }
  }
}

/// Says why, then closes: where the next request begins is not known.
task<void> connection::refuse(int status) {
  logger.debug("request refused", {{"peer", peer_}, {"status", status}});
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
  if (!loop_->stopping)
    co_await refuse(503);
}

/// True when `answer_` holds what the handler says.
task<bool> connection::ask(http_request request) {
  deadline_ = never; // how long an answer may take is the handler's business
  answer_.reset();
  request.peer = peer_;
  request.received = now();
  auto slot = std::make_shared<reply_slot>(loop_owner_.lock(), weak_from_this());
  try {
    handle_(std::move(request),
            [slot](http_response response) { slot->answer(std::move(response)); });
  } catch (const std::exception& problem) {
    logger.error("handler failed", {{"peer", peer_}, {"reason", problem.what()}});
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
  render_head(head_, response, loop_->date(), keep_alive);
  std::string_view body;
  if (!head_only && status_has_body(response.status))
    body = response.body;
  if (response.cut_after)
    body = body.substr(0, *response.cut_after);
  deadline_ = now() + limits_.write_timeout;
  bool written = co_await write(head_, body);
  if (written && response.cut_after) {
    co_await cut();
    written = false;
  }
  deadline_ = never;
  co_return written&& keep_alive;
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

} // namespace

class http_server::implementation {
public:
  implementation(http_limits limits, handler handle) : limits_(limits), handle_(std::move(handle)) {
    ensure(limits_.threads > 0, "an HTTP server has at least one thread");
    for (int i = 0; i < limits_.threads; ++i)
      loops_.push_back(std::make_shared<event_loop>());
  }

  void listen(unique_fd socket, int family, std::string path_to_remove);
  void stop(std::chrono::milliseconds grace);

private:
  using acceptor = asio::basic_socket_acceptor<protocol, executor>;

  void start();
  void run(event_loop& loop);
  task<void> watch(event_loop& loop);
  task<void> accept(std::shared_ptr<acceptor> from);
  void admit(std::shared_ptr<event_loop> loop, stream_socket socket);
  void spawn(std::shared_ptr<event_loop> loop, stream_socket socket, std::atomic<size_t>& counter);
  template <class Function>
  void on_every_loop(Function function);
  void ended() {
    std::lock_guard guard{mutex_};
    changed_.notify_all();
  }

  const http_limits limits_;
  const handler handle_;
  std::vector<std::shared_ptr<event_loop>> loops_;
  std::vector<std::thread> threads_;
  std::vector<std::shared_ptr<acceptor>> acceptors_; // touched on the first loop
  std::vector<std::string> paths_;
  std::mutex control_; // listen and stop, one at a time
  bool stopped_ = false;
  std::mutex mutex_;
  std::condition_variable changed_; // one of the counters below fell
  std::atomic<size_t> accepting_{0};
  std::atomic<size_t> served_{0};
  std::atomic<size_t> refused_{0};
};

void http_server::implementation::listen(unique_fd socket, int family, std::string path_to_remove) {
  std::lock_guard guard{control_};
  ensure(!stopped_, "an HTTP server that was stopped does not listen again");
  auto& context = loops_.front()->context;
  auto made = std::make_shared<acceptor>(context);
  made->assign(protocol{family, 0}, socket.get());
  socket.release();
  if (!path_to_remove.empty())
    paths_.push_back(std::move(path_to_remove));
  ++accepting_;
  asio::post(context, [this, made] { acceptors_.push_back(made); });
  asio::co_spawn(
    context, [this, made] { return accept(made); },
    [this](std::exception_ptr) {
      --accepting_;
      ended();
    });
  if (threads_.empty())
    start();
}

void http_server::implementation::start() {
  for (auto& loop : loops_) {
    asio::co_spawn(
      loop->context, [this, &loop = *loop] { return watch(loop); }, [](std::exception_ptr) {});
    threads_.emplace_back([this, &loop = *loop] { run(loop); });
  }
}

void http_server::implementation::run(event_loop& loop) {
  for (;;) {
    try {
      loop.context.run();
      return;
    } catch (...) {
      // A connection's own coroutine reports what it throws; here is only what came while starting
      // one.
      logger.error("event loop interrupted", {});
    }
  }
}

task<void> http_server::implementation::watch(event_loop& loop) {
  auto shortest = std::min({limits_.read_timeout, limits_.write_timeout, limits_.idle_timeout});
  auto pause = std::clamp<std::chrono::milliseconds>(shortest / 4, 5ms, 250ms);
  while (!loop.closed) {
    error_code cancelled;
    loop.tick.expires_after(pause);
    co_await loop.tick.async_wait(asio::redirect_error(use_task, cancelled));
    auto at = now();
    for (auto* each : loop.connections)
      each->check_deadline(at);
  }
}

task<void> http_server::implementation::accept(std::shared_ptr<acceptor> from) {
  timer pause{loops_.front()->context};
  for (size_t turn = 0; from->is_open(); ++turn) {
    auto loop = loops_[turn % loops_.size()];
    error_code failed;
    auto socket =
      co_await from->async_accept(loop->context, asio::redirect_error(use_task, failed));
    if (!failed) {
      admit(std::move(loop), std::move(socket));
    } else if (from->is_open()) {
      // Out of descriptors, most likely: those who wait in the backlog are served when one is free.
      logger.warn("cannot accept", {{"reason", failed.message()}});
      pause.expires_after(50ms);
      co_await pause.async_wait(asio::redirect_error(use_task, failed));
    }
  }
}

void http_server::implementation::admit(std::shared_ptr<event_loop> loop, stream_socket socket) {
  auto fd = socket.native_handle();
  int on = 1;
  ::fcntl(fd, F_SETFD, FD_CLOEXEC);
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on); // without effect on a Unix socket
  if (served_ < limits_.connections_max)
    spawn(std::move(loop), std::move(socket), served_);
  else if (refused_ < refused_max)
    spawn(std::move(loop), std::move(socket), refused_);
}

void http_server::implementation::spawn(std::shared_ptr<event_loop> loop, stream_socket socket,
                                        std::atomic<size_t>& counter) {
  ++counter;
  bool welcome = &counter == &served_;
  auto made = std::make_shared<connection>(limits_, handle_, loop, std::move(socket));
  asio::co_spawn(
    loop->context,
    [made, welcome, loop] {
      loop->connections.insert(made.get());
      return welcome ? made->serve() : made->turn_away();
    },
    [this, made, loop, &counter](std::exception_ptr problem) {
      if (problem)
        logger.error("connection ended by an exception", {});
      loop->connections.erase(made.get());
      --counter;
      ended();
    });
}

template <class Function>
void http_server::implementation::on_every_loop(Function function) {
  for (auto& loop : loops_)
    asio::post(loop->context, [function, &loop = *loop] { function(loop); });
}

void http_server::implementation::stop(std::chrono::milliseconds grace) {
  std::lock_guard guard{control_};
  if (std::exchange(stopped_, true) || threads_.empty())
    return;
  auto deadline = now() + grace;
  asio::post(loops_.front()->context, [this] {
    error_code ignored; // it accepts no more either way
    for (auto& each : acceptors_)
      each->close(ignored);
  });
  on_every_loop([](event_loop& loop) {
    loop.stopping = true;
    for (auto* each : loop.connections)
      each->drain();
  });
  {
    auto nobody = [this] { return served_ + refused_ == 0; };
    std::unique_lock lock{mutex_};
    changed_.wait(lock, [this] { return accepting_ == 0; });
    changed_.wait_until(lock, deadline, nobody);
    on_every_loop([](event_loop& loop) {
      loop.closed = true;
      loop.tick.cancel();
      for (auto* each : loop.connections)
        each->close();
    });
    changed_.wait(lock, nobody);
  }
  for (auto& loop : loops_)
    loop->work.reset();
  for (auto& thread : threads_)
    thread.join();
  for (const auto& path : paths_)
    ::unlink(path.c_str());
}

http_server::http_server(http_limits limits, handler handle)
  : implementation_(std::make_unique<implementation>(limits, std::move(handle))) {}

http_server::~http_server() {
  stop(0ms);
}

uint16_t http_server::listen(const std::string& host, uint16_t port) {
  auto socket = listen_on(host, port);
  auto bound = port_of(socket);
  auto family = family_of(socket);
  implementation_->listen(std::move(socket), family, {});
  return bound;
}

void http_server::listen_unix(const std::string& path) {
  implementation_->listen(listen_on_unix(path), AF_UNIX, path);
}

void http_server::stop(std::chrono::milliseconds grace) {
  implementation_->stop(grace);
}

} // namespace nova::base
