#pragma once

#include "base/bad_input.hpp"

#include <tl/expected.hpp>

#include <string>
#include <string_view>

namespace nova::nylas {

/// Unpacks gzip (RFC 1952, also several members in a row). Refuses what is damaged, cut off,
/// followed by other bytes, or larger than `bytes_max` when unpacked, which it finds out without
/// unpacking more.
[[nodiscard]] tl::expected<std::string, base::bad_input> gunzip(std::string_view packed,
                                                                size_t bytes_max);

/// Packs for speed, not size.
[[nodiscard]] std::string gzip(std::string_view text);

} // namespace nova::nylas
