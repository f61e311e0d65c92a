#include "transports/broker_url.hpp"

#include <charconv>

namespace nova::transports {
namespace {

tl::unexpected<base::bad_input> no_url(std::string_view scheme) {
  return tl::unexpected{base::bad_input{"url", "is not " + std::string{scheme}
                                                 + "://HOST[:PORT][/PATH] without user, password, "
                                                   "blanks and parameters"}};
}

} // namespace

tl::expected<broker_url, base::bad_input>
parse_broker_url(std::string_view text, std::string_view scheme, uint16_t port_default) {
  auto begin = std::string{scheme} + "://";
  if (!text.starts_with(begin) || text.find_first_of("@?# \t\r\n") != std::string_view::npos)
    return no_url(scheme);
  text.remove_prefix(begin.size());
  broker_url made;
  made.port = port_default;
  if (auto slash = text.find('/'); slash != std::string_view::npos) {
    made.path = text.substr(slash + 1);
    text = text.substr(0, slash);
  }
  auto end_of_host = text.starts_with('[') ? text.find(']') : text.find(':');
  if (text.starts_with('[')) {
    if (end_of_host == std::string_view::npos)
      return no_url(scheme);
    made.host = text.substr(1, end_of_host - 1);
    text.remove_prefix(end_of_host + 1);
  } else {
    made.host = text.substr(0, end_of_host);
    text.remove_prefix(made.host.size());
  }
  if (made.host.empty() || (!text.empty() && text.front() != ':'))
    return no_url(scheme);
  if (!text.empty()) {
    auto [rest, failed] = std::from_chars(text.data() + 1, text.data() + text.size(), made.port);
    if (failed != std::errc{} || rest != text.data() + text.size() || made.port == 0)
      return no_url(scheme);
  }
  return made;
}

} // namespace nova::transports
