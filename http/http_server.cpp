#include "http/http_server.hpp"

#include "base/ensure.hpp"
#include "base/log.hpp"
#include "http/http_connection.hpp"
#include "http/listen_socket.hpp"

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <unordered_map>

// Each thread has an event loop; each connection lives on one loop and is one coroutine there, so
// nothing in a connection needs a lock. A reply from elsewhere is posted to the loop.

namespace nova::http {
namespace {

using namespace detail;
using namespace std::chrono_literals;

constexpr base::log http_server_log{"HttpServer"};

// How often it is told that none can be accepted.
constexpr auto told_every = 5s;

// Clients beyond the limit that get a 503 at the same time; any more are closed without a word.
constexpr size_t refused_max = 64;

} // namespace

class server::implementation {
public:
  implementation(server_limits limits, handler handle, refusal_observer refused)
    : rules_{limits, std::move(handle), std::move(refused), {}} {
    base::ensure(limits.threads > 0, "an HTTP server has at least one thread");
    for (int i = 0; i < limits.threads; ++i)
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
  void admit(const std::shared_ptr<event_loop>& loop, stream_socket socket);
  bool make_room(const std::string& host);
  void leave(const connection* who);
  void spawn(const std::shared_ptr<event_loop>& loop, stream_socket socket,
             std::atomic<size_t>& counter, std::string host);
  template <class Function>
  void on_every_loop(Function function);
  void ended() {
    std::lock_guard guard{mutex_};
    changed_.notify_all();
  }

  server_rules rules_;
  std::vector<std::shared_ptr<event_loop>> loops_;
  std::vector<std::thread> threads_;
  std::vector<std::shared_ptr<acceptor>> acceptors_; // touched on the first loop
  std::vector<std::string> paths_;
  std::mutex control_; // listen and stop, one at a time
  bool stopped_ = false;
  std::mutex mutex_;
  std::condition_variable changed_; // one of the counters below fell
  /// Who has a place. Under `mutex_`.
  struct place {
    std::shared_ptr<connection> who;
    std::shared_ptr<event_loop> loop;
    std::string host;
    bool leaving = false; // another has its place already
  };
  std::unordered_map<const connection*, place> places_;
  std::unordered_map<std::string, size_t> of_host_;
  size_t leaving_ = 0;
  std::atomic<size_t> accepting_{0};
  std::atomic<size_t> served_{0};
  std::atomic<size_t> refused_{0};
};

void server::implementation::listen(unique_fd socket, int family, std::string path_to_remove) {
  std::lock_guard guard{control_};
  base::ensure(!stopped_, "an HTTP server that was stopped does not listen again");
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
    [this](const std::exception_ptr&) {
      --accepting_;
      ended();
    });
  if (threads_.empty())
    start();
}

void server::implementation::start() {
  for (auto& loop : loops_) {
    asio::co_spawn(
      loop->context, [this, &loop = *loop] { return watch(loop); },
      [](const std::exception_ptr&) {});
    threads_.emplace_back([this, &loop = *loop] { run(loop); });
  }
}

void server::implementation::run(event_loop& loop) {
  for (;;) {
    try {
      loop.context.run();
      return;
    } catch (...) {
      // A connection's own coroutine reports what it throws; here is only what came while starting
      // one.
      http_server_log.error("event loop interrupted", {});
    }
  }
}

task<void> server::implementation::watch(event_loop& loop) {
  const auto& limits = rules_.limits;
  auto shortest = std::min(
    {limits.first_byte_timeout, limits.read_timeout, limits.write_timeout, limits.idle_timeout});
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

task<void> server::implementation::accept(std::shared_ptr<acceptor> from) {
  timer pause{loops_.front()->context};
  auto told = time_point{};
  uint64_t missed = 0;
  for (size_t turn = 0; from->is_open(); ++turn) {
    auto loop = loops_[turn % loops_.size()];
    error_code failed;
    auto socket =
      co_await from->async_accept(loop->context, asio::redirect_error(use_task, failed));
    if (!failed) {
      admit(loop, std::move(socket));
    } else if (from->is_open()) {
      // Out of descriptors, most likely: those who wait in the backlog are served when one is free.
      ++missed;
      if (now() - told > told_every) {
        http_server_log.warn("cannot accept", {{"reason", failed.message()}, {"times", missed}});
        told = now();
        missed = 0;
      }
      make_room({});
      pause.expires_after(50ms);
      co_await pause.async_wait(asio::redirect_error(use_task, failed));
    }
  }
}

void server::implementation::admit(const std::shared_ptr<event_loop>& loop, stream_socket socket) {
  auto fd = socket.native_handle();
  int on = 1;
  ::fcntl(fd, F_SETFD, FD_CLOEXEC);
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on); // without effect on a Unix socket
  const auto& limits = rules_.limits;
  auto host = peer_host_of(fd);
  auto lock = std::unique_lock{mutex_};
  auto of_host = of_host_.find(host);
  bool too_many = limits.connections_per_host > 0 && !host.empty() && of_host != of_host_.end()
                  && of_host->second >= limits.connections_per_host;
  bool full = places_.size() - leaving_ >= limits.connections_max;
  lock.unlock();
  bool room = too_many ? make_room(host) : !full || make_room({});
  // Who was sent away may need a moment.
  if (room && served_ < limits.connections_max + refused_max)
    spawn(loop, std::move(socket), served_, std::move(host));
  else if (refused_ < refused_max)
    spawn(loop, std::move(socket), refused_, {});
}

/// Sends one away who keeps us waiting, of that host when one is given. False when there is none.
bool server::implementation::make_room(const std::string& host) {
  std::lock_guard guard{mutex_};
  place* worst = nullptr;
  time_point worst_since;
  auto at = now();
  for (auto& [who, each] : places_) {
    auto since = who->waits_since();
    if (each.leaving || !since || *since > at || (!host.empty() && each.host != host))
      continue;
    auto more = worst == nullptr ? size_t{1} : of_host_[each.host];
    auto most = worst == nullptr ? size_t{0} : of_host_[worst->host];
    if (more > most || (more == most && *since < worst_since)) {
      worst = &each;
      worst_since = *since;
    }
  }
  if (worst == nullptr)
    return false;
  worst->leaving = true;
  ++leaving_;
  --of_host_[worst->host];
  asio::post(worst->loop->context, [who = worst->who] { who->close(); });
  return true;
}

void server::implementation::spawn(const std::shared_ptr<event_loop>& loop, stream_socket socket,
                                   std::atomic<size_t>& counter, std::string host) {
  ++counter;
  bool welcome = &counter == &served_;
  auto made = std::make_shared<connection>(rules_, loop, std::move(socket));
  if (welcome) {
    std::lock_guard guard{mutex_};
    ++of_host_[host];
    places_.emplace(made.get(), place{made, loop, std::move(host)});
  }
  asio::co_spawn(
    loop->context,
    [made, welcome, loop] {
      loop->connections.insert(made.get());
      return welcome ? made->serve() : made->turn_away();
    },
    [this, made, loop, &counter](const std::exception_ptr& problem) {
      if (problem)
        http_server_log.error("connection ended by an exception", {});
      loop->connections.erase(made.get());
      leave(made.get());
      --counter;
      ended();
    });
}

void server::implementation::leave(const connection* who) {
  std::lock_guard guard{mutex_};
  auto found = places_.find(who);
  if (found == places_.end())
    return;
  if (found->second.leaving)
    --leaving_;
  else
    --of_host_[found->second.host];
  if (auto of_host = of_host_.find(found->second.host);
      of_host != of_host_.end() && of_host->second == 0)
    of_host_.erase(of_host);
  places_.erase(found);
}

template <class Function>
void server::implementation::on_every_loop(Function function) {
  for (auto& loop : loops_)
    asio::post(loop->context, [function, &loop = *loop] { function(loop); });
}

void server::implementation::stop(std::chrono::milliseconds grace) {
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

server::server(server_limits limits, handler handle, refusal_observer refused)
  : implementation_(
    std::make_unique<implementation>(limits, std::move(handle), std::move(refused))) {}

server::~server() {
  stop(0ms);
}

uint16_t server::listen(const std::string& host, uint16_t port) {
  auto socket = listen_on(host, port);
  auto bound = port_of(socket);
  auto family = family_of(socket);
  implementation_->listen(std::move(socket), family, {});
  return bound;
}

void server::listen_unix(const std::string& path) {
  implementation_->listen(listen_on_unix(path), AF_UNIX, path);
}

void server::stop(std::chrono::milliseconds grace) {
  implementation_->stop(grace);
}

} // namespace nova::http