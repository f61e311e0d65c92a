#include "app/descriptors.hpp"

#include <sys/resource.h>

#include <limits>

namespace nova::app {

uint64_t raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0)
    return std::numeric_limits<uint64_t>::max();
  auto wanted = limit;
  wanted.rlim_cur = limit.rlim_max;
  return ::setrlimit(RLIMIT_NOFILE, &wanted) == 0 ? wanted.rlim_cur : limit.rlim_cur;
}

} // namespace nova::app
