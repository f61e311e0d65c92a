#pragma once

#include <array>
#include <string>
#include <string_view>

namespace nova::http {

using sha256_hash = std::array<unsigned char, 32>;

/// HMAC-SHA256 (RFC 2104) of a text.
[[nodiscard]] sha256_hash hmac_sha256(std::string_view secret, std::string_view text);

/// Lower case.
[[nodiscard]] std::string hex_of(const sha256_hash& hash);

} // namespace nova::http
