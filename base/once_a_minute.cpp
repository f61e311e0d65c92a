#include "base/once_a_minute.hpp"

#include <algorithm>
#include <utility>

namespace nova::base {
namespace {

constexpr size_t texts_max = 64;
constexpr std::chrono::minutes pause{1};

} // namespace

uint64_t once_a_minute::due(const std::string& what, monotonic_time now) {
  auto known = all_.find(what);
  if (known == all_.end()) {
    if (all_.size() >= texts_max)
      all_.erase(
        std::ranges::min_element(all_, {}, [](const auto& one) { return one.second.told_at; }));
    all_.emplace(what, seen{now, 0});
    return 1;
  }
  auto& one = known->second;
  ++one.times;
  if (now - one.told_at < pause)
    return 0;
  one.told_at = now;
  return std::exchange(one.times, 0);
}

} // namespace nova::base
