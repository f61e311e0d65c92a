#include "app/fixed_pauses.hpp"

namespace nova::app {

std::vector<fixed_pause> fixed_pauses(const settings& values) {
  constexpr int64_t hour_ms = 3'600'000;
  std::vector<fixed_pause> all;
  auto look = [&](const char* setting, const auto& pause, const char* of_what) {
    if (pause && pause->count() > 0)
      all.push_back({setting, std::to_string(pause->count()) + ": at most "
                                + std::to_string(hour_ms / pause->count()) + ' ' + of_what});
  };
  look("THREAD_DELAY_MS", values.thread_delay, "threads an hour on a node");
  look("MESSAGE_DELAY_MS", values.message_delay, "messages an hour of each thread under way");
  look("API_DELAY_MS", values.api_delay, "calls an hour of an inbox");
  return all;
}

} // namespace nova::app
