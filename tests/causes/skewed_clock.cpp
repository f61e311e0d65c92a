#include <dlfcn.h>
#include <sys/time.h>

#include <cstdlib>
#include <ctime>

// Preloaded into a node, whose wall clock then is as many seconds ahead as SKEWED_SECONDS says.
namespace {

time_t skew() {
  const char* said = std::getenv("SKEWED_SECONDS"); // NOLINT(concurrency-mt-unsafe): only read
  return said != nullptr ? std::atol(said) : 0;
}

} // namespace

extern "C" {

int clock_gettime(clockid_t which, timespec* at) noexcept {
  using function = int (*)(clockid_t, timespec*);
  static const auto real = reinterpret_cast<function>(dlsym(RTLD_NEXT, "clock_gettime"));
  auto result = real(which, at);
  if (result == 0 && (which == CLOCK_REALTIME || which == CLOCK_REALTIME_COARSE))
    at->tv_sec += skew();
  return result;
}

int gettimeofday(timeval* __restrict at, void* __restrict) noexcept {
  timespec now{};
  auto result = clock_gettime(CLOCK_REALTIME, &now);
  at->tv_sec = now.tv_sec;
  at->tv_usec = now.tv_nsec / 1000;
  return result;
}

} // extern "C"
