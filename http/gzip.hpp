#pragma once

#include "base/bad_input.hpp"

#include <tl/expected.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace nova::http {

/// Packs as `Content-Encoding: gzip` wants it.
[[nodiscard]] std::string gzip(std::string_view plain);

struct gunzip_failure {
  base::bad_input input;
  /// More than the limit came out; otherwise it is not whole gzip.
  bool too_large = false;
};

/// Unpacks gzip of one or more members. Gives up as soon as more than `bytes_max` come out, so that
/// a few KB cannot become gigabytes.
[[nodiscard]] tl::expected<std::string, gunzip_failure> gunzip(std::string_view packed,
                                                               size_t bytes_max);

} // namespace nova::http
