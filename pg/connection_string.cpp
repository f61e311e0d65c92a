#include "pg/connection_string.hpp"

#include <arpa/inet.h>
#include <libpq-fe.h>

#include <algorithm>
#include <memory>

namespace nova::pg {
namespace {

constexpr const char* accepted =
  "accepted are postgresql://user:password@host:port/name and host=… dbname=…";
constexpr const char* encode = "percent-encode the password: @ is %40, : %3A, / %2F, # %23";

struct options_deleter {
  void operator()(PQconninfoOption* options) const noexcept {
    PQconninfoFree(options);
  }
};

bool is_number(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// `host`, `host:5432`, `[::1]:5432`, several with commas.
bool ports_are_numbers(std::string_view hosts) {
  while (!hosts.empty()) {
    auto one = hosts.substr(0, hosts.find(','));
    hosts.remove_prefix(std::min(one.size() + 1, hosts.size()));
    auto bracket = one.starts_with('[') ? one.find(']') : 0;
    auto colon = bracket == std::string_view::npos ? bracket : one.find(':', bracket);
    if (colon != std::string_view::npos && !is_number(one.substr(colon + 1)))
      return false;
  }
  return true;
}

/// What stands behind `://` has at most one `@`, no `/` before it, and whole numbers as ports:
/// otherwise a piece of the password is where libpq looks for something else.
bool is_unambiguous(std::string_view rest) {
  auto at = rest.find('@');
  auto slash = rest.find('/');
  if (at != std::string_view::npos && (slash < at || rest.find('@', at + 1) != rest.npos))
    return false;
  auto begin = at == std::string_view::npos ? 0 : at + 1;
  return ports_are_numbers(rest.substr(begin, rest.find_first_of("/?", begin) - begin));
}

bool is_local(const std::string& host) {
  in_addr four{};
  in6_addr six{};
  if (host.empty() || host.starts_with('/') || host.starts_with('@') || host == "localhost")
    return true;
  if (::inet_pton(AF_INET, host.c_str(), &four) == 1)
    return (ntohl(four.s_addr) >> 24U) == 127;
  return ::inet_pton(AF_INET6, host.c_str(), &six) == 1 && IN6_IS_ADDR_LOOPBACK(&six);
}

using options = std::unique_ptr<PQconninfoOption, options_deleter>;

std::string value_of(const options& in, std::string_view name) {
  for (auto* each = in.get(); each != nullptr && each->keyword != nullptr; ++each)
    if (name == each->keyword && each->val != nullptr)
      return each->val;
  return {};
}

} // namespace

std::optional<server_way> way_to_server(const std::string& text) {
  if (connection_string_fault(text))
    return {};
  options standard{PQconndefaults()};
  options given{text.find('=') != std::string::npos || text.find("://") != std::string::npos
                  ? PQconninfoParse(text.c_str(), nullptr)
                  : nullptr};
  auto of = [&](std::string_view name) {
    auto value = value_of(given, name);
    return value.empty() ? value_of(standard, name) : value;
  };
  server_way way;
  way.host = of("hostaddr").empty() ? of("host") : of("hostaddr");
  way.sslmode = of("sslmode");
  way.verified = way.sslmode == "verify-full" || way.sslmode == "verify-ca";
  way.local = true;
  for (std::string_view left = way.host; way.local && !left.empty();) {
    auto one = left.substr(0, left.find(','));
    left.remove_prefix(std::min(one.size() + 1, left.size()));
    way.local = is_local(std::string{one});
  }
  return way;
}

std::optional<std::string> connection_string_fault(const std::string& text) {
  auto scheme = text.find("://");
  bool uri = text.starts_with("postgresql://") || text.starts_with("postgres://");
  if (uri && !is_unambiguous(std::string_view{text}.substr(scheme + 3)))
    return encode;
  if (!uri && text.find('=') == std::string::npos)
    // The name of a database alone.
    return text.find_first_of(":/@ ") == std::string::npos ? std::nullopt
                                                           : std::optional<std::string>{accepted};
  options parsed{PQconninfoParse(text.c_str(), nullptr)};
  return parsed ? std::nullopt : std::optional<std::string>{std::string{accepted} + "; " + encode};
}

} // namespace nova::pg
