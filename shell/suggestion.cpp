#include "shell/suggestion.hpp"

#include <algorithm>
#include <numeric>

namespace nova::shell {
namespace {

/// How many letters have to be added, taken away, changed, or swapped with the next one.
size_t distance(std::string_view from, std::string_view to) {
  std::vector<size_t> before(to.size() + 1), above(to.size() + 1), now(to.size() + 1);
  std::iota(above.begin(), above.end(), 0U);
  for (size_t i = 1; i <= from.size(); ++i) {
    now[0] = i;
    for (size_t j = 1; j <= to.size(); ++j) {
      auto changed = above[j - 1] + (from[i - 1] == to[j - 1] ? 0U : 1U);
      now[j] = std::min({above[j] + 1, now[j - 1] + 1, changed});
      if (i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1])
        now[j] = std::min(now[j], before[j - 2] + 1);
    }
    before.swap(above);
    above.swap(now);
  }
  return above[to.size()];
}

} // namespace

std::string did_you_mean(std::string_view typed, const std::vector<std::string>& known) {
  constexpr size_t typed_max = 64;
  if (typed.empty() || typed.size() > typed_max || known.empty())
    return {};
  auto nearest = std::min_element(known.begin(), known.end(), [&](const auto& a, const auto& b) {
    return distance(typed, a) < distance(typed, b);
  });
  // A third of the word may be wrong.
  bool near = distance(typed, *nearest) <= std::max<size_t>(1, typed.size() / 3);
  return near ? "; did you mean '" + *nearest + "'?" : std::string{};
}

} // namespace nova::shell
