#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace nova {

constexpr int64_t day_seconds = int64_t{24} * 3600;

/// Days of UTC, by the first seconds of the first and of the one after the last, since 1970; empty:
/// no bound.
struct day_range {
  std::optional<int64_t> from{}, to{};
};

/// Of any second of it: `2026-01-31`; empty for none.
std::string day_text(const std::optional<int64_t>& seconds);

} // namespace nova
