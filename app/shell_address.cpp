#include "app/shell_address.hpp"

#include "http/listen_socket.hpp"
#include "inspection/inspection_service.hpp"
#include "shell/client.hpp"

#include <algorithm>
#include <filesystem>
#include <ostream>
#include <system_error>

namespace nova::app {

std::vector<std::string> sockets_here() {
  std::error_code failed;
  std::vector<std::string> found;
  for (const auto& entry :
       std::filesystem::directory_iterator(inspection::runtime_folder(), failed)) {
    auto name = entry.path().filename().string();
    if (name.starts_with("nova-") && name.ends_with(".sock"))
      found.push_back(entry.path());
  }
  std::sort(found.begin(), found.end());
  return found;
}

std::string find_socket(const settings& values, std::ostream* told) {
  if (!values.inspect.socket.empty())
    return values.inspect.socket;
  auto own = inspection::default_socket(values.node_name.empty() ? "local" : values.node_name);
  auto found = sockets_here();
  if (std::find(found.begin(), found.end(), own) != found.end() && shell::answers_at(own))
    return own;
  std::vector<std::string> living;
  for (const auto& one : found)
    if (http::somebody_listens(one) && shell::answers_at(one))
      living.push_back(one);
  if (living.empty())
    return found.empty() ? own : found.front();
  if (living.size() > 1 && told != nullptr)
    *told << "asks " << std::filesystem::path{living.front()}.filename().string() << ", of "
          << living.size() << " nodes here (nova shell NAME asks another)\n";
  return living.front();
}

} // namespace nova::app
