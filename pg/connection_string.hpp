#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace nova::pg {

/// Why a connection string is not taken, or nothing. No part of it is in the reason: of a password
/// with an `@`, `/` or `:` that is not percent-encoded libpq takes a piece for the host, the port
/// or the database, and would then print it.
[[nodiscard]] std::optional<std::string> connection_string_fault(const std::string& text);

/// How a connection gets to its server, the PG* variables and libpq's defaults included.
struct server_way {
  std::string host, sslmode;
  bool local = false;    // a Unix socket or loopback
  bool verified = false; // TLS with the server's certificate checked
};
/// Nothing when the connection string is not taken.
[[nodiscard]] std::optional<server_way> way_to_server(const std::string& text);

} // namespace nova::pg
