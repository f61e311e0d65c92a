#pragma once

#include "http/http_server.hpp"

#include <map>
#include <string>
#include <string_view>

namespace nova::http {

/// Finds the handler of a request by its path, then its method. Routes are added before the server
/// listens; after that it is only read, from any thread.
class router {
public:
  /// A path that ends in `/` also takes everything below it, unless a longer route does. Who
  /// answers GET answers HEAD.
  void add(const std::string& method, const std::string& path, http::server::handler handler);

  /// Asks the handler, or answers 404 or 405.
  void handle(http::request request, http::server::reply reply) const;

private:
  using methods = std::map<std::string, http::server::handler, std::less<>>;

  const methods* find(std::string_view path) const;

  std::map<std::string, methods, std::less<>> routes_;
};

/// `{"error": reason}` with that status.
http::response error_response(int status, std::string_view reason);

} // namespace nova::http
