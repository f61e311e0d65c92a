#pragma once

#include <string>
#include <string_view>

namespace nova::nylas::simulator {

/// The bytes as a gzip stream, at zlib's fastest level.
std::string gzip(std::string_view bytes);

} // namespace nova::nylas::simulator
