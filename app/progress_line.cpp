#include "app/progress_line.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>

#include <algorithm>

namespace nova::app {
namespace {

constexpr size_t usual_width = 80;
constexpr size_t bar_max = 30;
constexpr size_t bar_min = 10;
constexpr size_t percent_width = 7; // "  100 %"

/// Columns of UTF-8 text without wide characters: bytes that do not continue another.
size_t columns(const std::string& text) {
  return static_cast<size_t>(
    std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

} // namespace

size_t terminal_width(int descriptor) {
  winsize size{};
  return ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : usual_width;
}

std::string progress_line(double share, const std::vector<std::string>& words, size_t width) {
  // The last column stays free: some terminals wrap as soon as it is written.
  auto room = width > bar_min + percent_width ? width - 1 - bar_min - percent_width : 0;
  std::string text;
  for (const auto& word : words) {
    auto more = columns(word) + 2;
    if (more > room)
      break;
    room -= more;
    text += "  " + word;
  }
  auto bar_width = bar_min + std::min(room, bar_max - bar_min);
  auto filled = static_cast<size_t>(std::clamp(share, 0.0, 1.0) * static_cast<double>(bar_width));
  std::string bar;
  for (size_t i = 0; i < bar_width; ++i)
    bar += i < filled ? "█" : "░";
  return fmt::format("{}  {:3.0f} %{}", bar, std::clamp(share, 0.0, 1.0) * 100, text);
}

} // namespace nova::app
