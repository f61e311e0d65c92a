#pragma once

#include "mail/windows.hpp"

#include <string>

namespace nova::app {

/// Something of the range could not be had: it is never `completed` alone.
[[nodiscard]] bool partial(const backfill_progress& row);

/// What could not be had, in words: `provider_cache 2026-01-01T00:00:00Z..2026-03-01T00:00:00Z:
/// reason; …`. Empty when nothing is missing.
[[nodiscard]] std::string gaps_of(const backfill_progress& row);

} // namespace nova::app
