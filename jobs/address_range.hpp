#pragma once

#include "base/bad_input.hpp"

#include <tl/expected.hpp>

#include <string>
#include <string_view>

struct sockaddr;

namespace nova::jobs {

/// What an address is that is not of the public internet: `loopback`, `link-local`; empty when it
/// is public. So are those of IPv4 that an address of IPv6 stands for (mapped, NAT64, 6to4).
/// Neither IPv4 nor IPv6 is `unknown`. After the registries of special-purpose addresses of IANA.
[[nodiscard]] std::string_view range_of(const sockaddr& address);

/// The same of an address as text; empty too for a text that is none, as a name is.
[[nodiscard]] std::string_view range_of_literal(std::string_view host);

/// The address without its port.
[[nodiscard]] std::string text_of(const sockaddr& address);

/// The host of a URL that a handler may have, as curl understands it: `0x7f.1` is `127.0.0.1`, an
/// address of IPv6 is without brackets. Refuses what is not http or https, has a name or password
/// in it (they would be readable for everyone who may see the handlers), is longer than 2,048
/// bytes, or has blanks, controls or letters beyond ASCII.
[[nodiscard]] tl::expected<std::string, base::bad_input> host_of_url(const std::string& url);

} // namespace nova::jobs
