#include "cluster/link_pump.hpp"

#include "base/ensure.hpp"
#include "base/log.hpp"
#include "cluster/frame_guard.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdint>
#include <string>
#include <system_error>

namespace nova::cluster {
namespace {

constexpr base::log link_pump_log{"LinkPump"};

constexpr size_t buffer_max = size_t{64} * 1024;
// One link must not keep the others waiting.
constexpr int rounds_max = 16;

/// Bytes on their way in one direction.
struct passage {
  std::string bytes;
  size_t sent = 0;

  [[nodiscard]] bool empty() const {
    return sent == bytes.size();
  }
  void fill(size_t size) {
    bytes.resize(size);
    sent = 0;
  }
};

void block_pipe_signal() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

} // namespace

struct link_pump::pair {
  std::unique_ptr<link_channel> channel;
  link_channel plain;
  passage inwards, outwards; // to CAF, to the peer
  frame_guard guard;         // of what goes inwards
  bool channel_wants_write = false;
  bool plain_wants_write = false;
  bool more = false; // stopped by `rounds_max`, or TLS has bytes that no poll shows

  /// Whoever reads the figures of the connection holds its socket too: to close ours ends nothing.
  void end() const {
    ::shutdown(channel->fd(), SHUT_RDWR);
  }

  [[nodiscard]] pollfd channel_poll() const {
    auto events = (inwards.empty() ? POLLIN : 0) | (channel_wants_write ? POLLOUT : 0);
    return {channel->fd(), static_cast<short>(events), 0};
  }
  [[nodiscard]] pollfd plain_poll() const {
    auto events = (outwards.empty() ? POLLIN : 0) | (plain_wants_write ? POLLOUT : 0);
    return {plain.fd(), static_cast<short>(events), 0};
  }
};

link_pump::link_pump() : wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (wake_.get() < 0)
    throw std::system_error(errno, std::generic_category(), "eventfd");
  thread_ = std::thread{[this] { run(); }};
}

link_pump::~link_pump() {
  {
    std::lock_guard lock{mutex_};
    stopping_ = true;
  }
  eventfd_write(wake_.get(), 1);
  thread_.join();
}

http::unique_fd link_pump::carry(std::unique_ptr<link_channel> channel) {
  int ends[2] = {-1, -1};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0)
    throw std::system_error(errno, std::generic_category(), "socketpair");
  http::unique_fd theirs{ends[0]};
  http::unique_fd ours{ends[1]};
  auto made = std::make_unique<pair>(
    pair{std::move(channel), link_channel{std::move(ours), nullptr, true}, {}, {}, {}});
  {
    std::lock_guard lock{mutex_};
    added_.push_back(std::move(made));
  }
  eventfd_write(wake_.get(), 1);
  return theirs;
}

void link_pump::adopt() {
  std::lock_guard lock{mutex_};
  for (auto& one : added_) {
    one->more = true; // TLS may have read ahead
    pairs_.push_back(std::move(one));
  }
  added_.clear();
}

void link_pump::run() {
  block_pipe_signal();
  std::vector<pollfd> polls;
  for (;;) {
    {
      std::lock_guard lock{mutex_};
      if (stopping_)
        break;
    }
    adopt();
    polls.assign(1, {wake_.get(), POLLIN, 0});
    bool more = false;
    for (const auto& one : pairs_) {
      polls.push_back(one->channel_poll());
      polls.push_back(one->plain_poll());
      more = more || one->more;
    }
    if (::poll(polls.data(), polls.size(), more ? 0 : -1) < 0 && errno != EINTR)
      throw std::system_error(errno, std::generic_category(), "poll");
    eventfd_t count = 0;
    eventfd_read(wake_.get(), &count);
    size_t at = 1;
    for (auto one = pairs_.begin(); one != pairs_.end(); at += 2) {
      bool ready = (*one)->more || polls[at].revents != 0 || polls[at + 1].revents != 0;
      if (!ready || move(**one)) {
        ++one;
        continue;
      }
      (*one)->end();
      one = pairs_.erase(one);
    }
  }
  for (const auto& one : pairs_)
    one->end();
}

/// False when the link is over.
bool link_pump::move(pair& which) {
  using result = link_channel::result;
  // Reads when there is room and writes what there is; says whether to go on with this direction.
  auto pass = [](link_channel& from, link_channel& to, passage& by, bool& to_wants_write,
                 frame_guard* guard) {
    for (int round = 0; round < rounds_max; ++round) {
      if (by.empty()) {
        by.fill(buffer_max);
        size_t got = 0;
        auto how = from.read(by.bytes.data(), buffer_max, got);
        by.fill(got);
        if (how == result::ended)
          return -1;
        if (how != result::done)
          return 0;
        if (guard != nullptr && !guard->take(by.bytes)) {
          link_pump_log.warn("a link is closed: the peer announced a frame that is too large",
                             {{"from", http::peer_of(from.fd())}, {"bytes", guard->announced()}});
          return -1;
        }
      }
      size_t put = 0;
      auto how = to.write(by.bytes.data() + by.sent, by.bytes.size() - by.sent, put);
      by.sent += put;
      to_wants_write = how == result::wants_write;
      if (how == result::ended)
        return -1;
      if (how != result::done)
        return 0;
    }
    return 1;
  };
  auto in = pass(*which.channel, which.plain, which.inwards, which.plain_wants_write, &which.guard);
  auto out = pass(which.plain, *which.channel, which.outwards, which.channel_wants_write, nullptr);
  which.more = in > 0 || out > 0;
  return in >= 0 && out >= 0;
}

} // namespace nova::cluster
