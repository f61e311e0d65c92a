#pragma once

#include "syncs/stream_settings.hpp"

#include <chrono>
#include <string>
#include <string_view>

namespace nova::syncs {

/// What of a URL must stay the same, so that a secret goes nowhere else: `https://host:port`.
std::string origin_of(const std::string& url);

/// As a value of a query or a form.
std::string encoded(std::string_view text);

std::string base64(std::string_view text);

/// The address of `<…>; rel="next"` in a header `Link`; empty: there is none.
std::string next_link(std::string_view header);

/// `10/1s`, `600/1m`: how long between two requests; zero of nothing. `settings` are named where it
/// is neither.
std::chrono::nanoseconds pace_of(const stream_settings& settings, const std::string& text);

} // namespace nova::syncs
