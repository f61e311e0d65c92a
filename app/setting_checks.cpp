#include "app/setting_checks.hpp"

#include <arpa/inet.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

namespace nova::app {

bool is_loopback_host(std::string_view host) {
  constexpr uint32_t network = 127U << 24U, mask = 0xffU << 24U;
  in_addr four{};
  in6_addr six{};
  auto text = std::string{host};
  if (::inet_pton(AF_INET, text.c_str(), &four) == 1)
    return (ntohl(four.s_addr) & mask) == network;
  if (::inet_pton(AF_INET6, text.c_str(), &six) == 1)
    return IN6_IS_ADDR_LOOPBACK(&six);
  return host == "localhost";
}

std::string_view host_of_uri(std::string_view uri) {
  auto begin = uri.find("://");
  uri.remove_prefix(begin == std::string_view::npos ? 0 : begin + 3);
  auto authority = uri.substr(0, uri.find_first_of("/?#"));
  if (authority.starts_with('['))
    return authority.substr(1, authority.find(']') - 1);
  return authority.substr(0, authority.find(':'));
}

std::optional<base::bad_input> fault_of_api_uri(const settings& values) {
  const auto& uri = values.nylas_api_uri;
  if (uri.find('@') != std::string::npos || uri.find('\\') != std::string::npos)
    return base::bad_input{"NYLAS_API_URI",
                           "it has an '@' or a '\\' (not shown): accepted is https://HOST:PORT"};
  auto host = host_of_uri(uri);
  if (!uri.starts_with("http://") || is_loopback_host(host)
      || std::ranges::find(values.plain_http_hosts, host) != values.plain_http_hosts.end())
    return {};
  return base::bad_input{"NYLAS_API_URI", "'" + uri
                                            + "' would send the key in clear: use https://, or "
                                              "allow it with NOVA_PLAIN_HTTP_HOSTS="
                                            + std::string{host}};
}

std::optional<base::bad_input> fault_of_file(const setting_file& file,
                                             std::vector<std::string>& findings) {
  struct stat is {};
  if (::fstat(file.descriptor, &is) != 0 || !S_ISREG(is.st_mode))
    return {};
  auto uid = std::to_string(is.st_uid);
  if ((is.st_mode & 02U) != 0)
    return base::bad_input{
      file.path, "everybody can write it, so its settings are not taken: chmod o-w " + file.path};
  if (file.found && is.st_uid != 0 && is.st_uid != ::geteuid())
    return base::bad_input{file.path,
                           "it belongs to the user with the id " + uid
                             + ", neither to you nor to root, so its settings are not taken: go to "
                               "another folder, or name it with --config to take them"};
  if ((is.st_mode & 020U) != 0)
    findings.push_back(file.path + " can be written by its group: chmod g-w " + file.path);
  return {};
}

} // namespace nova::app
