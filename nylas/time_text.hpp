#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace nova::nylas {

/// Seconds since 1970 of a time that somebody wrote as text: `2026-10-29T10:00:00Z` with `Z`, an
/// offset or none (UTC) and any fraction, a day alone, or the form of mail and HTTP
/// (`Thu, 29 Oct 2026 10:00:00 +0100`). Nothing when it is none.
std::optional<int64_t> parse_time_text(std::string_view text);

/// As above, for a text that only begins with `YYYY-MM-DDTHH:MM:SS`; what follows is not looked at.
std::optional<int64_t> parse_utc(std::string_view text);

} // namespace nova::nylas
