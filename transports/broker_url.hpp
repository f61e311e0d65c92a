#pragma once

#include "base/bad_input.hpp"

#include <tl/expected.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace nova::transports {

/// Where a broker is: `SCHEME://HOST[:PORT][/PATH]`, an address of IPv6 in brackets.
struct broker_url {
  std::string host;
  uint16_t port = 0;
  std::string path; // without the slash
};

/// The error names neither the URL nor what is in it: somebody may have put a password there.
[[nodiscard]] tl::expected<broker_url, base::bad_input>
parse_broker_url(std::string_view text, std::string_view scheme, uint16_t port_default);

} // namespace nova::transports
