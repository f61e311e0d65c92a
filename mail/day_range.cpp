#include "mail/day_range.hpp"

#include <array>
#include <ctime>

namespace nova {

std::string day_text(const std::optional<int64_t>& seconds) {
  if (!seconds)
    return {};
  auto time = static_cast<std::time_t>(*seconds);
  std::tm parts{};
  gmtime_r(&time, &parts);
  std::array<char, 16> text{};
  return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%d", &parts)};
}

} // namespace nova
