#pragma once

#include <chrono>
#include <string>

namespace nova::cluster {

/// What one connection attempt says of an address.
enum class knocked { answers, refused, silent };

[[nodiscard]] const char* to_string(knocked what) noexcept;

/// One connection of our own to where a node listens; waits no longer than that.
[[nodiscard]] knocked knock(const std::string& address, std::chrono::milliseconds limit);

} // namespace nova::cluster
