#pragma once

#include "app/settings.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

// What leads a key or the mail elsewhere: an API without TLS, a file that somebody else can write.
namespace nova::app {

/// `localhost`, `127.0.0.0/8` and `::1`, by their digits.
[[nodiscard]] bool is_loopback_host(std::string_view host);

/// The host of `https://host:port/path`, without brackets.
[[nodiscard]] std::string_view host_of_uri(std::string_view uri);

/// Why the API must not be called as it is set: `http://` sends the key in clear, and is for
/// loopback and the hosts of NOVA_PLAIN_HTTP_HOSTS; a user in the address would replace the key.
[[nodiscard]] std::optional<base::bad_input> fault_of_api_uri(const settings& values);

/// An open file of settings.
struct setting_file {
  std::string path;
  int descriptor = -1;
  /// It was found in the working folder rather than named by somebody.
  bool found = false;
};
/// Why its settings are not taken: everybody can write it, or it was found and belongs to neither
/// this user nor root. What is only doubtful goes to `findings`.
[[nodiscard]] std::optional<base::bad_input> fault_of_file(const setting_file& file,
                                                           std::vector<std::string>& findings);

} // namespace nova::app
