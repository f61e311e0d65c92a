#pragma once

#include "mail/windows.hpp"

#include <cstdint>
#include <string>

namespace nova::app {

/// `12 m 03 s left (10 m 40 s to 15 m 10 s)` as of `now` in seconds since 1970; empty when it is
/// not known.
[[nodiscard]] std::string left_words(const backfill_progress& row, int64_t now);

/// `usable in 4 m 10 s`, or `usable`: whether the mail of the newest thirty days is there. Empty
/// when it is not known.
[[nodiscard]] std::string usable_words(const backfill_progress& row, int64_t now);

/// What a backfill waits for most, in a sentence: `the provider's units bind`. Empty for nothing.
[[nodiscard]] std::string binds_words(const std::string& binds);

} // namespace nova::app
