#pragma once

#include "base/bad_input.hpp"
#include "http/http_server.hpp"

#include <tl/expected.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nova::simulator {

/// A request taken apart. The path is split before it is decoded: ids hold encoded slashes.
struct request {
  std::string method;
  /// The path as it came, without the query; what fault rules look at.
  std::string raw_path;
  std::vector<std::string> path;
  std::vector<std::pair<std::string, std::string>> query;

  /// The first value of that name.
  [[nodiscard]] std::optional<std::string> value(std::string_view name) const;
  /// All values of that name; each is also split at commas.
  [[nodiscard]] std::vector<std::string> values(std::string_view name) const;
};
tl::expected<request, base::bad_input> parse_request(std::string_view method,
                                                     std::string_view target);

/// Values of the query by type; the error names the parameter and what is accepted.
tl::expected<std::optional<bool>, base::bad_input> truth_value(const request& from,
                                                               std::string_view name);
tl::expected<std::optional<int64_t>, base::bad_input> number_value(const request& from,
                                                                   std::string_view name);

/// Decodes %XX, and + as a space when `form` is set; nothing when a % is not followed by two
/// digits.
std::optional<std::string> percent_decode(std::string_view text, bool form);

/// URL-safe, without padding.
std::string base64url(std::string_view bytes);
std::optional<std::string> base64url_decode(std::string_view text);

} // namespace nova::simulator
