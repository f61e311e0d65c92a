#include "inspection/inspection_service.hpp"

#include "actors/message_names.hpp"
#include "base/log.hpp"
#include "inspection/inspection_actors.hpp"

#include <caf/actor_system.hpp>
#include <unistd.h>

#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <mutex>
#include <system_error>

namespace nova::inspection {
namespace {

using namespace std::chrono_literals;

constexpr base::log inspection_service_log{"Inspection"};

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
void apply(const std::map<std::string, std::string>& settings, live_limits& limits) {
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

/// An act on an actor of this node. Its line is in the audit log, or in the journal, before
/// anything is done; what turns out otherwise gets a second one.
struct recorded_act {
  caf::actor_system& system;
  std::weak_ptr<inspection_tables> tables;
  inspected_node node;

  void control(const operator_order& order, const order_told& done) const {
    auto plan = order;
    plan.dry_run = true;
    control_actor(system, *node.directory, plan,
                  [self = *this, order, done](const order_answered& planned) {
                    if (order.dry_run)
                      return done(planned);
                    if (planned.status == 200)
                      return self.carry_out(order, done);
                    self.record(order, "failed: " + planned.error, [](bool) {});
                    done(planned);
                  });
  }

private:
  void carry_out(const operator_order& order, const order_told& done) const {
    // A restart may take its time and fail; the others are a message that arrives.
    auto outcome = order.action == "restart" ? "begun" : "done";
    record(order, outcome, [self = *this, order, done](bool kept) {
      if (!kept)
        return done({503,
                     "not done: it can be recorded neither in the database nor in the node's file",
                     {},
                     {}});
      control_actor(self.system, *self.node.directory, order,
                    [self, order, done](const order_answered& answer) {
                      if (answer.status != 200)
                        self.record(order, "failed: " + answer.error, [](bool) {});
                      done(answer);
                    });
    });
  }

  void record(const operator_order& order, const std::string& outcome,
              std::function<void(bool)> kept) const {
    auto line = order;
    line.target = node.name + '/' + order.target;
    if (auto alive = tables.lock())
      alive->record(line, outcome, std::move(kept));
    else
      kept(false);
  }
};

} // namespace

class inspection_service::shared_links {
public:
  peers_actor get() {
    auto lock = std::scoped_lock{mutex_};
    return actor_;
  }

  void set(peers_actor links) {
    auto lock = std::scoped_lock{mutex_};
    actor_ = std::move(links);
  }

private:
  std::mutex mutex_;
  peers_actor actor_;
};

inspection_service::inspection_service(caf::actor_system& system, inspected_node node,
                                       const pg::connection_settings& database,
                                       const inspection_settings& settings)
  : links_(std::make_shared<shared_links>()),
    tables_(std::make_shared<inspection_tables>(
      database, node.name, [limits = node.limits](const auto& values) { apply(values, *limits); })),
    inspection_(std::make_shared<operator_api>(parts_of(system, node, settings))),
    inspector_(spawn_inspector(system, inspection_)) {
  listen(settings, node.name);
}

operator_api_parts inspection_service::parts_of(caf::actor_system& system,
                                                const inspected_node& node,
                                                const inspection_settings& settings) const {
  operator_api_parts parts;
  parts.node = node.name;
  parts.directory = node.directory;
  parts.tokens = settings.tokens;
  parts.token_names = settings.token_names;
  parts.message_name = name_of_type;
  parts.own_findings = [own = node.own_findings, tables = std::weak_ptr{tables_}] {
    auto all = own ? own() : std::vector<base::finding>{};
    auto alive = tables.lock();
    if (auto found = alive ? alive->clock_finding() : std::nullopt)
      all.push_back(std::move(*found));
    return all;
  };
  auto tables = std::weak_ptr{tables_};
  parts.usage = [tables] {
    auto alive = tables.lock();
    return alive ? alive->usage() : base::usage_of_process();
  };
  parts.tables = [tables](const table_question& question, table_told done) {
    if (auto alive = tables.lock())
      alive->look(question, std::move(done));
  };
  parts.change = [tables](const operator_order& order, order_told done) {
    if (auto alive = tables.lock())
      alive->change(order, std::move(done));
  };
  parts.control = [act = recorded_act{system, tables_, node}](const operator_order& order,
                                                              const order_told& done) {
    act.control(order, done);
  };
  parts.order_peer = [&system, links = links_](order_actor order, std::string to, order_told done) {
    order_peer(system, links->get(), std::move(order), std::move(to), std::move(done));
  };
  parts.peers = [&system, links = links_, tables, name = node.name](
                  const inspect_node& question, const std::string& only, auto done) {
    auto alive = tables.lock();
    ask_peers(system, links->get(),
              {question, only, alive ? alive->living_nodes() : std::vector<std::string>{}, name},
              std::move(done));
  };
  return parts;
}

void inspection_service::listen(const inspection_settings& settings, const std::string& node) {
  http::server_limits server;
  server.connections_max = connections_max;
  server.body_max = body_max;
  local_ = std::make_unique<http::server>(
    server,
    [inspection = inspection_](const http::request& request, const http::server::reply& reply) {
      inspection->serve_local(request, reply);
    });
  auto listen_at = [this](std::string path) {
    socket_ = std::move(path);
    local_->listen_unix(socket_);
  };
  if (!settings.socket.empty()) {
    listen_at(settings.socket);
  } else {
    auto own = default_socket(node);
    try {
      listen_at(own);
    } catch (const std::system_error& failure) {
      // Another node of this name runs on this machine, in another cluster: who has no wish of his
      // own gets a name beside it.
      listen_at(default_socket(node + '-' + std::to_string(::getpid())));
      inspection_service_log.warn("the socket is taken",
                                  {{"reason", failure.what()}, {"instead", socket_}});
    }
  }
  inspection_service_log.info("listening", {{"socket", socket_}});
  tables_->use_journal(socket_ + ".audit");
  if (settings.host.empty())
    return;
  network_ = std::make_unique<http::server>(
    server,
    [inspection = inspection_](const http::request& request, const http::server::reply& reply) {
      inspection->serve_network(request, reply);
    });
  network_->listen_unix(socket_ + ".tls");
  front_ = std::make_unique<http::tls_front>(settings.host, settings.port, settings.certificate,
                                             settings.key, socket_ + ".tls");
  address_ = settings.host + ':' + std::to_string(front_->port());
  inspection_service_log.info("listening", {{"inspect", address_}});
}

inspection_service::~inspection_service() {
  front_.reset();
  if (network_)
    network_->stop(stop_grace);
  local_->stop(stop_grace);
}

void inspection_service::use_links(peers_actor links) {
  links_->set(std::move(links));
}

} // namespace nova::inspection
