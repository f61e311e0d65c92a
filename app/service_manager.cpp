#include "app/service_manager.hpp"

#include "base/clock.hpp"
#include "base/log.hpp"
#include "http/listen_socket.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <cstring>

namespace nova::app {
namespace {

constexpr base::log service_manager_log{"ServiceManager"};

constexpr std::chrono::seconds pulse_interval{1};
constexpr int feeds_a_period = 3;
constexpr size_t status_bytes_max = 200;

std::string environment(const char* name) {
  const auto* value = std::getenv(name); // NOLINT(concurrency-mt-unsafe): before any thread exists
  return value ? value : "";
}

std::optional<int64_t> positive_number(const std::string& text) {
  int64_t number = 0;
  auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failure != std::errc{} || end != text.data() + text.size() || number <= 0)
    return {};
  return number;
}

/// One line: a line feed would begin another variable.
std::string status_line(const std::vector<std::string>& reasons) {
  std::string line = reasons.empty() ? "ready" : "not ready: " + reasons.front();
  std::replace(line.begin(), line.end(), '\n', ' ');
  return "STATUS=" + line.substr(0, status_bytes_max) + '\n';
}

} // namespace

service_manager_settings service_manager_of_environment() {
  service_manager_settings made;
  made.socket = environment("NOTIFY_SOCKET");
  auto whose = environment("WATCHDOG_PID");
  if (auto period = positive_number(environment("WATCHDOG_USEC"));
      period && (whose.empty() || whose == std::to_string(getpid())))
    made.watchdog = std::chrono::microseconds{*period};
  return made;
}

bool notify_service_manager(const std::string& socket, const std::string& lines) {
  sockaddr_un address{};
  if (socket.empty() || socket.size() >= sizeof address.sun_path
      || (socket.front() != '/' && socket.front() != '@'))
    return false;
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, socket.data(), socket.size());
  if (socket.front() == '@')
    address.sun_path[0] = '\0';
  http::unique_fd sender{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  // An abstract name ends where the length says, so the length must be exact.
  auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket.size());
  auto sent = ::sendto(sender.get(), lines.data(), lines.size(), MSG_NOSIGNAL,
                       reinterpret_cast<const sockaddr*>(&address), size);
  return sent == static_cast<ssize_t>(lines.size());
}

service_report::service_report(std::optional<std::chrono::microseconds> watchdog)
  : watchdog_(watchdog) {}

std::string service_report::next(time_point now, const std::vector<std::string>& reasons,
                                 time_point last_tick) {
  std::string lines;
  if (!ready_ && reasons.empty()) {
    ready_ = true;
    lines += "READY=1\n";
  }
  if (auto status = status_line(reasons); status != status_) {
    status_ = status;
    lines += status;
  }
  if (watchdog_ && now - last_tick <= *watchdog_ / 2)
    lines += feed(now);
  return lines;
}

std::string service_report::stopping(time_point now) {
  std::string lines;
  if (!std::exchange(stopping_, true))
    lines = "STOPPING=1\nSTATUS=draining: nothing new is taken, what runs may finish\n";
  return lines + feed(now);
}

std::string service_report::feed(time_point now) {
  if (!watchdog_ || (fed_ && now - *fed_ < *watchdog_ / feeds_a_period))
    return {};
  fed_ = now;
  return "WATCHDOG=1\n";
}

service_manager::service_manager(service_manager_settings settings,
                                 std::shared_ptr<const readiness_board> board)
  : settings_(std::move(settings)), board_(std::move(board)) {
  if (!settings_.socket.empty())
    thread_ = std::thread{[this] { run(); }};
}

service_manager::~service_manager() {
  {
    std::lock_guard lock{mutex_};
    ended_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable())
    thread_.join();
}

void service_manager::stopping() {
  {
    std::lock_guard lock{mutex_};
    stopping_ = true;
  }
  wake_.notify_all();
}

void service_manager::run() {
  service_report report{settings_.watchdog};
  std::chrono::microseconds interval = pulse_interval;
  // Twice as often as it is fed, so that a look that comes late still feeds in time.
  if (settings_.watchdog)
    interval = std::min(interval, *settings_.watchdog / (2 * feeds_a_period));
  auto said_stopping = false;
  std::unique_lock lock{mutex_};
  while (!ended_) {
    auto now = base::monotonic_now();
    said_stopping = stopping_;
    tell(said_stopping ? report.stopping(now)
                       : report.next(now, board_->reasons(), board_->last_tick()));
    wake_.wait_for(lock, interval, [&] { return ended_ || stopping_ != said_stopping; });
  }
}

void service_manager::tell(const std::string& lines) {
  if (lines.empty())
    return;
  auto heard = notify_service_manager(settings_.socket, lines);
  if (!heard && !deaf_)
    service_manager_log.warn("the service manager does not hear us",
                             {{"socket", settings_.socket}});
  deaf_ = !heard;
}

} // namespace nova::app
