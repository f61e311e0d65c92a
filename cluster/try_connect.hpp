#pragma once

#include <chrono>
#include <string>

namespace nova::cluster {

/// What one connection attempt says of an address.
enum class connect_result { answers, refused, silent };

[[nodiscard]] const char* to_string(connect_result what) noexcept;

/// One connection of our own to where a node listens; waits no longer than that.
[[nodiscard]] connect_result try_connect(const std::string& address,
                                         std::chrono::milliseconds limit);

} // namespace nova::cluster
