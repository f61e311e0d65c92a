#include "app/stop_signal.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdint>
#include <initializer_list>
#include <system_error>

namespace nova::app {
namespace {

volatile std::sig_atomic_t wakes = -1; // a file that the handler, on any thread, writes to

extern "C" void wake(int) {
  auto kept = errno;
  uint64_t one = 1;
  [[maybe_unused]] auto written = ::write(wakes, &one, sizeof one);
  errno = kept;
}

void handle(void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = SA_RESETHAND; // who is asked twice does not mean to tidy up
  for (int one : {SIGINT, SIGTERM})
    sigaction(one, &action, nullptr);
}

} // namespace

stop_signal::stop_signal() {
  wakes = ::eventfd(0, EFD_CLOEXEC);
  if (wakes < 0)
    throw std::system_error(errno, std::generic_category(), "eventfd");
  handle(wake);
}

stop_signal::~stop_signal() {
  handle(SIG_DFL);
  ::close(wakes);
}

void stop_signal::wait() {
  uint64_t count = 0;
  while (::read(wakes, &count, sizeof count) < 0 && errno == EINTR)
    continue;
}

bool stop_signal::came() const {
  pollfd one{wakes, POLLIN, 0};
  return ::poll(&one, 1, 0) > 0;
}

} // namespace nova::app
