#include "cluster/link_server.hpp"

#include "base/ensure.hpp"
#include "base/log.hpp"
#include "cluster/link_address.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <stdexcept>
#include <system_error>

// A connection goes through these stages, each without waiting:
//
//   accepted ─────────────┐
//                         ▼
//   called ─▶ connecting ─▶ opening (TLS, if any) ─▶ shaking (link_handshake) ─▶ made: CAF has it
//
// and from each of them to its end when the other side errs, leaves or takes too long.
namespace nova::cluster {
namespace {

constexpr base::log link_server_log{"LinkServer"};

using clock = std::chrono::steady_clock;

// So many are accepted before those that are there get their turn.
constexpr int accepts_a_round = 32;
// When the process has no file descriptor left, accepting fails at once and for ever.
constexpr std::chrono::milliseconds deaf_time{100};
// Strangers can call a thousand times a second; the log has one line for all of this time.
constexpr std::chrono::seconds stranger_note_time{5};

constexpr const char* closed_unproved =
  "it closed the connection before it proved itself: one of the two has another "
  "NOVA_CLUSTER_SECRET, or its log says more";

// A peer that neither answers nor acknowledges for that long is lost, in seconds and milliseconds.
constexpr int keepalive_idle_s = 5;
constexpr int keepalive_interval_s = 2;
constexpr int keepalive_count = 3;
constexpr unsigned unacknowledged_ms = 8000;

void set(int fd, int level, int name, unsigned value) {
  // Best effort: the heartbeats above find a dead link as well, only later for the kernel's
  // buffers.
  (void)::setsockopt(fd, level, name, &value, sizeof value);
}

void set_options(int fd) {
  set(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
  set(fd, IPPROTO_TCP, TCP_KEEPIDLE, keepalive_idle_s);
  set(fd, IPPROTO_TCP, TCP_KEEPINTVL, keepalive_interval_s);
  set(fd, IPPROTO_TCP, TCP_KEEPCNT, keepalive_count);
  set(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, unacknowledged_ms);
  set(fd, IPPROTO_TCP, TCP_NODELAY, 1);
}

} // namespace

struct link_server::pending {
  enum class stage { connecting, opening, shaking, over };

  std::unique_ptr<link_channel> channel;
  stage at = stage::opening;
  std::optional<link_handshake> handshake;
  bool called = false;
  int64_t node = 0; // that was called
  std::string who;  // the other end's address
  clock::time_point deadline;
  bool wants_write = false;
  std::string in, out;
};

link_server::link_server(link_server_settings settings)
  : settings_(std::move(settings)), wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (!settings_.tls && !is_loopback(settings_.host))
    throw std::runtime_error(
      "--listen " + settings_.host
      + " can be reached from other machines: set NOVA_TLS_CERT, NOVA_TLS_KEY and NOVA_TLS_CA to "
        "this node's certificate, its key and the authority that signed it (`nova cluster certs "
        "DIR` makes them), or listen on 127.0.0.1");
  if (settings_.tls)
    tls_.emplace(*settings_.tls);
  listener_ = http::listen_on(settings_.host, settings_.port);
  address_ = join_address(reachable_host(listener_), http::port_of(listener_));
}

link_server::~link_server() {
  stop();
}

std::optional<base::wall_time> link_server::certificate_ends_at() const {
  return tls_ ? std::optional{tls_->ends_at()} : std::nullopt;
}

const std::string& link_server::address() const noexcept {
  return address_;
}

void link_server::start(link_hello own, std::string secret, link_events events) {
  base::ensure(!thread_.joinable(), "the server is started once");
  own_ = std::move(own);
  secret_ = std::move(secret);
  events_ = std::move(events);
  pump_.emplace();
  thread_ = std::thread{[this] { run(); }};
}

void link_server::call(int64_t node, const std::string& address) {
  {
    std::lock_guard lock{mutex_};
    orders_.push_back({node, address});
  }
  eventfd_write(wake_.get(), 1);
}

void link_server::stop() {
  {
    std::lock_guard lock{mutex_};
    stopping_ = true;
  }
  eventfd_write(wake_.get(), 1);
  if (thread_.joinable())
    thread_.join();
  pending_.clear();
  listener_ = http::unique_fd{};
  pump_.reset();
}

void link_server::run() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  std::vector<pollfd> polls;
  for (;;) {
    {
      std::lock_guard lock{mutex_};
      if (stopping_)
        return;
    }
    pending_.remove_if([](const pending& one) { return one.at == pending::stage::over; });
    auto deaf = settings_.clock() < deaf_until_;
    polls.assign(
      {{wake_.get(), POLLIN, 0}, {listener_.get(), static_cast<short>(deaf ? 0 : POLLIN), 0}});
    for (const auto& one : pending_)
      polls.push_back(
        {one.channel->fd(), static_cast<short>(one.wants_write ? POLLOUT : POLLIN), 0});
    if (::poll(polls.data(), polls.size(), wait_limit()) < 0 && errno != EINTR)
      throw std::system_error(errno, std::generic_category(), "poll");
    size_t at = 2;
    auto now = settings_.clock();
    for (auto& one : pending_) {
      if (polls[at++].revents != 0)
        step(one);
      if (one.at != pending::stage::over && now >= one.deadline)
        give_up(one, "it took too long");
    }
    eventfd_t count = 0;
    eventfd_read(wake_.get(), &count);
    take_orders();
    if (polls[1].revents != 0)
      accept_some();
  }
}

int link_server::wait_limit() const {
  using std::chrono::milliseconds;
  auto next = clock::time_point::max();
  for (const auto& one : pending_)
    next = std::min(next, one.deadline);
  auto now = settings_.clock();
  if (now < deaf_until_)
    next = std::min(next, deaf_until_);
  if (next == clock::time_point::max())
    return -1;
  auto left = std::chrono::duration_cast<milliseconds>(next - now) + milliseconds{1};
  return static_cast<int>(std::max(left, milliseconds{0}).count());
}

void link_server::accept_some() {
  for (int i = 0; i < accepts_a_round; ++i) {
    http::unique_fd socket{
      ::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK)};
    if (socket.get() < 0) {
      if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR && errno != ECONNABORTED) {
        deaf_until_ = settings_.clock() + deaf_time;
        link_server_log.warn("cannot accept", {{"reason", std::generic_category().message(errno)}});
      }
      return;
    }
    drop_oldest();
    set_options(socket.get());
    pending made;
    made.who = http::peer_of(socket.get());
    made.channel =
      std::make_unique<link_channel>(std::move(socket), tls_ ? &*tls_ : nullptr, false);
    made.deadline = settings_.clock() + settings_.handshake_limit;
    pending_.push_back(std::move(made));
    step(pending_.back());
  }
}

/// Who has the secret needs milliseconds; whoever is oldest and has not shown it is least likely
/// to.
void link_server::drop_oldest() {
  auto strangers =
    std::count_if(pending_.begin(), pending_.end(), [](const pending& one) { return !one.called; });
  if (static_cast<size_t>(strangers) < settings_.pending_max)
    return;
  auto oldest =
    std::find_if(pending_.begin(), pending_.end(), [](const pending& one) { return !one.called; });
  give_up(*oldest, "too many connections wait");
  pending_.erase(oldest);
}

void link_server::take_orders() {
  std::vector<order> orders;
  {
    std::lock_guard lock{mutex_};
    orders.swap(orders_);
  }
  for (const auto& one : orders)
    begin_call(one);
}

void link_server::begin_call(const order& what) {
  auto target = parse_target(what.address);
  if (!target) {
    events_.failed(what.node, "its address '" + what.address + "' is not digits and a port", false);
    return;
  }
  http::unique_fd socket{::socket(target->family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  set_options(socket.get());
  auto connecting = ::connect(socket.get(), target->address(), target->size());
  if (socket.get() < 0 || (connecting != 0 && errno != EINPROGRESS)) {
    events_.failed(what.node, std::generic_category().message(errno), errno == ECONNREFUSED);
    return;
  }
  pending made;
  made.called = true;
  made.node = what.node;
  made.who = what.address;
  made.channel = std::make_unique<link_channel>(std::move(socket), tls_ ? &*tls_ : nullptr, true);
  made.at = pending::stage::connecting;
  made.wants_write = true;
  made.deadline = settings_.clock() + settings_.connect_limit;
  pending_.push_back(std::move(made));
}

/// Goes as far as it can without waiting.
void link_server::step(pending& which) {
  using stage = pending::stage;
  if (which.at == stage::connecting && !connected(which))
    return;
  if (which.at == stage::opening) {
    auto how = which.channel->open();
    which.wants_write = how == link_channel::result::wants_write;
    if (how == link_channel::result::ended)
      give_up(which, which.channel->failure());
    if (how != link_channel::result::done)
      return;
    auto own = own_;
    own.wanted = which.node;
    auto accept = [this, channel = which.channel.get()](const link_hello& peer) {
      auto why = channel->not_of(peer.name);
      return why.empty() && events_.accept ? events_.accept(peer) : why;
    };
    which.handshake.emplace(link_handshake::parts{
      which.called ? link_handshake::side::caller : link_handshake::side::acceptor, secret_,
      std::move(own), which.channel->binding(), std::move(accept)});
    which.at = stage::shaking;
  }
  if (which.at == stage::shaking && shake(which))
    finish(which);
}

bool link_server::connected(pending& which) {
  int error = 0;
  socklen_t size = sizeof error;
  ::getsockopt(which.channel->fd(), SOL_SOCKET, SO_ERROR, &error, &size);
  if (error != 0) {
    give_up(which, std::generic_category().message(error), error == ECONNREFUSED);
    return false;
  }
  which.at = pending::stage::opening;
  which.deadline = settings_.clock() + settings_.handshake_limit;
  return true;
}

/// True when the handshake is over and its last word is sent.
bool link_server::shake(pending& which) {
  using result = link_channel::result;
  std::array<char, link_handshake::frame_max> bytes{};
  for (;;) {
    which.out += which.handshake->output();
    while (!which.out.empty()) {
      size_t put = 0;
      auto how = which.channel->write(which.out.data(), which.out.size(), put);
      which.out.erase(0, put);
      which.wants_write = how == result::wants_write;
      if (how == result::ended)
        give_up(which, which.channel->failure());
      if (how != result::done)
        return false;
    }
    if (which.handshake->now() != link_handshake::state::running)
      return true;
    size_t got = 0;
    auto how = which.channel->read(bytes.data(), which.handshake->wants() - which.in.size(), got);
    which.wants_write = how == result::wants_write;
    if (how == result::ended)
      give_up(which,
              which.called && which.channel->closed() ? closed_unproved : which.channel->failure());
    if (how != result::done)
      return false;
    which.in.append(bytes.data(), got);
    if (which.in.size() == which.handshake->wants())
      which.handshake->feed(std::exchange(which.in, {}));
  }
}

void link_server::finish(pending& which) {
  if (which.handshake->now() == link_handshake::state::failed) {
    give_up(which, which.handshake->reason());
    return;
  }
  if (which.called)
    if (auto why = which.channel->not_of(which.handshake->peer().name); !why.empty())
      return give_up(which, why);
  which.at = pending::stage::over;
  made_link link{http::unique_fd{}, which.handshake->peer(), which.called,
                 http::unique_fd{::fcntl(which.channel->fd(), F_DUPFD_CLOEXEC, 0)}};
  link.socket = pump_->carry(std::move(which.channel));
  events_.made(std::move(link));
}

void link_server::give_up(pending& which, const std::string& reason, bool refused) {
  which.at = pending::stage::over;
  if (which.called)
    events_.failed(which.node, reason, refused);
  else if (which.handshake && which.handshake->proved())
    note_refused(which, reason);
  else
    note_stranger(which, reason);
}

/// It calls again for as long as both are members.
void link_server::note_refused(const pending& which, const std::string& reason) {
  const auto& name = which.handshake->peer().name;
  if (auto times = refused_.due(name + ": " + reason, settings_.clock()); times > 0)
    link_server_log.warn(
      "refused a node of the cluster's secret",
      {{"node", name}, {"from", which.who}, {"reason", reason}, {"times", times}});
}

void link_server::note_stranger(const pending& which, const std::string& reason) {
  ++strangers_;
  auto now = settings_.clock();
  if (now - strangers_noted_ < stranger_note_time && strangers_noted_ != clock::time_point{})
    return;
  link_server_log.warn("refused a connection",
                       {{"from", which.who}, {"reason", reason}, {"refused", strangers_}});
  strangers_noted_ = now;
  strangers_ = 0;
}

} // namespace nova::cluster
