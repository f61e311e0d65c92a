#pragma once

#include "app/settings.hpp"

#include <string>
#include <vector>

namespace nova::app {

/// A pause of the service of document 003 that is in force, and what it costs. Such lines are taken
/// over with an old `.env`; there they kept within the provider's limits, here `PACING=adaptive`
/// does.
struct fixed_pause {
  std::string setting; // THREAD_DELAY_MS
  std::string costs;   // 3000: at most 1200 threads an hour on a node
};
std::vector<fixed_pause> fixed_pauses(const settings& values);

constexpr const char* fixed_pause_advice =
  "leave it out: without it PACING=adaptive goes as fast as the provider allows";

} // namespace nova::app
