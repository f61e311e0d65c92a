#include "app/inspection_service.hpp"

#include "actors/message_names.hpp"
#include "app/inspection_actors.hpp"
#include "base/log.hpp"

#include <caf/actor_system.hpp>
#include <unistd.h>

#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <mutex>
#include <system_error>

namespace nova::app {
namespace {

using namespace std::chrono_literals;

constexpr base::log log{"Inspection"};

constexpr size_t connections_max = 64;
constexpr size_t body_max = size_t{64} * 1024;
constexpr auto stop_grace = 200ms;

template <class T>
std::optional<T> number(const std::map<std::string, std::string>& settings, const char* key) {
  auto found = settings.find(key);
  T value{};
  if (found == settings.end())
    return {};
  const auto& text = found->second;
  auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
  return failed == std::errc{} && end == text.data() + text.size() ? std::optional{value}
                                                                   : std::nullopt;
}

/// What the live settings say, put where it has its effect.
void apply(const std::map<std::string, std::string>& settings, base::live_limits& limits) {
  limits.threads = number<uint32_t>(settings, "threads.window").value_or(0);
  limits.call_pause_ms = number<int64_t>(settings, "pace.pause").value_or(-1);
  std::map<std::string, base::log_level, std::less<>> levels;
  constexpr std::string_view prefix = "log.level.";
  for (const auto& [key, value] : settings)
    if (key.starts_with(prefix))
      if (auto level = base::parse_log_level(value))
        levels.emplace(key.substr(prefix.size()), *level);
  base::set_component_levels(std::move(levels));
}

} // namespace

struct inspection_service::shared_links {
  std::mutex mutex;
  peers_actor actor;
};

std::string default_socket(const std::string& node) {
  const char* runtime =
    std::getenv("XDG_RUNTIME_DIR"); // NOLINT(concurrency-mt-unsafe): nothing here sets it
  auto folder = runtime != nullptr && *runtime != '\0' ? std::filesystem::path{runtime}
                                                       : std::filesystem::temp_directory_path();
  return folder / ("nova-" + node + ".sock");
}

inspection_service::inspection_service(caf::actor_system& system, inspected_node node,
                                       const pg::connection_settings& database,
                                       const inspection_settings& settings)
  : links_(std::make_shared<shared_links>()),
    tables_(std::make_shared<inspection_tables>(
      database, node.name, [limits = node.limits](const auto& values) { apply(values, *limits); })),
    inspection_(std::make_shared<http::inspection>(parts_of(system, node, settings))),
    inspector_(spawn_inspector(system, inspection_)),
    socket_(settings.socket.empty() ? default_socket(node.name) : settings.socket) {
  listen(settings, node.name);
}

http::inspection_parts inspection_service::parts_of(caf::actor_system& system,
                                                    const inspected_node& node,
                                                    const inspection_settings& settings) const {
  http::inspection_parts parts;
  parts.node = node.name;
  parts.directory = node.directory;
  parts.tokens = settings.tokens;
  parts.message_name = name_of_type;
  auto tables = std::weak_ptr{tables_};
  parts.tables = [tables](const http::table_question& question, http::inspected done) {
    if (auto alive = tables.lock())
      alive->look(question, std::move(done));
  };
  parts.change = [tables](const http::operator_order& order, http::inspected done) {
    if (auto alive = tables.lock())
      alive->change(order, std::move(done));
  };
  parts.control = [&system, tables, node](const http::operator_order& order,
                                          const http::inspected& done) {
    control_actor(system, *node.directory, node.name, order,
                  [tables, order, name = node.name, done](const node_inspected& answer) {
                    auto line = order;
                    line.target = name + '/' + order.target;
                    if (auto alive = tables.lock(); alive && !order.dry_run)
                      alive->record(line, answer.status == 200 ? "done" : answer.json);
                    done(answer);
                  });
  };
  parts.peers = [&system, links = links_, tables, name = node.name](
                  const inspect_node& question, const std::string& only, auto done) {
    auto alive = tables.lock();
    auto lock = std::unique_lock{links->mutex};
    auto actor = links->actor;
    lock.unlock();
    ask_peers(system, actor,
              {question, only, alive ? alive->living_nodes() : std::vector<std::string>{}, name},
              std::move(done));
  };
  return parts;
}

void inspection_service::listen(const inspection_settings& settings, const std::string& node) {
  base::http_limits server;
  server.connections_max = connections_max;
  server.body_max = body_max;
  local_ = std::make_unique<base::http_server>(
    server, [inspection = inspection_](const base::http_request& request,
                                       const base::http_server::reply& reply) {
      inspection->serve_local(request, reply);
    });
  try {
    local_->listen_unix(socket_);
  } catch (const std::system_error& failure) {
    if (!settings.socket.empty())
      throw;
    // Another node of this name runs on this machine, in another cluster: who has no wish of his
    // own gets a name beside it, or works without.
    socket_ = default_socket(node + '-' + std::to_string(::getpid()));
    log.warn("the socket is taken", {{"reason", failure.what()}, {"instead", socket_}});
    local_->listen_unix(socket_);
  }
  log.info("listening", {{"socket", socket_}});
  if (settings.host.empty())
    return;
  network_ = std::make_unique<base::http_server>(
    server, [inspection = inspection_](const base::http_request& request,
                                       const base::http_server::reply& reply) {
      inspection->serve_network(request, reply);
    });
  network_->listen_unix(socket_ + ".tls");
  front_ = std::make_unique<http::tls_front>(settings.host, settings.port, settings.certificate,
                                             settings.key, socket_ + ".tls");
  log.info("listening", {{"host", settings.host}, {"port", front_->port()}});
}

inspection_service::~inspection_service() {
  front_.reset();
  if (network_)
    network_->stop(stop_grace);
  local_->stop(stop_grace);
}

void inspection_service::use_links(peers_actor links) {
  auto lock = std::scoped_lock{links_->mutex};
  links_->actor = std::move(links);
}

} // namespace nova::app
