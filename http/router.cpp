#include "http/router.hpp"

#include "base/ensure.hpp"
#include "base/json_text.hpp"

namespace nova::http {

void router::add(const std::string& method, const std::string& path,
                 http::server::handler handler) {
  bool is_new = routes_[path].emplace(method, std::move(handler)).second;
  base::ensure(is_new, "a route has one handler");
}

const router::methods* router::find(std::string_view path) const {
  if (auto exact = routes_.find(path); exact != routes_.end())
    return &exact->second;
  for (auto slash = path.rfind('/'); slash != std::string_view::npos;
       slash = slash == 0 ? std::string_view::npos : path.rfind('/', slash - 1))
    if (auto above = routes_.find(path.substr(0, slash + 1)); above != routes_.end())
      return &above->second;
  return nullptr;
}

void router::handle(http::request request, http::server::reply reply) const {
  const auto* found = find(request.path());
  if (found == nullptr)
    return reply(error_response(404, "there is nothing at this path"));
  auto method = request.method == "HEAD" ? std::string_view{"GET"} : request.method;
  auto handler = found->find(method);
  if (handler != found->end())
    return handler->second(std::move(request), std::move(reply));
  auto response = error_response(405, "the path does not take this method");
  std::string allowed;
  for (const auto& [name, ignored] : *found)
    allowed.append(allowed.empty() ? "" : ", ").append(name);
  response.headers.emplace_back("Allow", std::move(allowed));
  reply(std::move(response));
}

http::response error_response(int status, std::string_view reason) {
  rapidjson::StringBuffer text;
  base::json_writer json{text};
  json.StartObject();
  json.Key("error");
  json.String(reason.data(), static_cast<rapidjson::SizeType>(reason.size()));
  json.EndObject();
  http::response response;
  response.status = status;
  response.body.assign(text.GetString(), text.GetSize());
  return response;
}

} // namespace nova::http
