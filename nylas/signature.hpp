#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace nova::nylas {

/// True when `signature` (64 hex digits of either case) is the HMAC-SHA256 of `raw_body` under the
/// webhook secret. Over the bytes as they came: when the body is gzip, over the compressed ones.
/// Constant time.
[[nodiscard]] bool signature_matches(std::string_view secret, std::string_view raw_body,
                                     std::string_view signature);

/// The same for one of several secrets. The time tells neither which, nor whether.
[[nodiscard]] bool signature_matches(const std::vector<std::string>& secrets,
                                     std::string_view raw_body, std::string_view signature);

/// Lower-case hex; what the simulator sends as `x-nylas-signature`.
[[nodiscard]] std::string sign(std::string_view secret, std::string_view raw_body);

} // namespace nova::nylas
