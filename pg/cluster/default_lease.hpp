#pragma once

#include <chrono>

namespace nova::pg {

/// How long a node or a holder is believed without a sign of life.
inline constexpr std::chrono::milliseconds default_lease{4'000};

} // namespace nova::pg
