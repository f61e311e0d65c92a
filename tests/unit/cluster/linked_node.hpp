#pragma once

#include "actors/node_agent.hpp"
#include "base/log.hpp"
#include "cluster/link_module.hpp"
#include "cluster/links.hpp"
#include "messages/wire.hpp"
#include "tests/support/eventually.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>

#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace nova::test {

/// What a `linked_node` is made with.
struct linked_node_options {
  int64_t id = 1;
  std::string secret = "the secret of this test cluster";
  std::string cluster = "test";
  uint32_t protocol = 1, protocol_min = 1;
  std::map<std::string, hosted_factory> hosted = {};
  std::optional<cluster::tls_files> tls = {};
  std::string host = "127.0.0.1";
};

/// A node with links and an agent and nothing else: an actor system of its own, real sockets.
class linked_node {
public:
  explicit linked_node(linked_node_options options) : options_(std::move(options)) {
    base::configure_log({base::log_level::off, base::log_format::text});
    cluster::load_link_module(config_);
    register_wire_types(config_);
    config_.set("scheduler.max-threads", size_t{1});
    system_ = std::make_unique<caf::actor_system>(config_);
    cluster::link_server_settings settings;
    settings.host = options_.host;
    settings.tls = options_.tls;
    server_ = std::make_shared<cluster::link_server>(settings);
    start();
  }

  ~linked_node() {
    if (system_)
      stop();
  }

  linked_node(const linked_node&) = delete;
  linked_node& operator=(const linked_node&) = delete;

  [[nodiscard]] link_member member() const {
    return {id(),
            id() * 10,
            "node-" + std::to_string(id()),
            server_->address(),
            options_.protocol,
            options_.protocol_min};
  }
  [[nodiscard]] int64_t id() const {
    return options_.id;
  }
  [[nodiscard]] const std::string& address() const {
    return server_->address();
  }
  caf::actor_system& system() {
    return *system_;
  }
  const links_actor& links() {
    return links_;
  }
  const std::shared_ptr<peer_board>& board() {
    return board_;
  }

  void follow(std::vector<link_member> members) {
    caf::anon_send(links_, link_members{std::move(members)});
  }

  [[nodiscard]] bool linked_to(int64_t node,
                               std::chrono::milliseconds within = std::chrono::seconds{30}) const {
    return eventually([&] { return board_->find(node).has_value(); }, within);
  }
  [[nodiscard]] bool lost(int64_t node) const {
    return eventually([&] { return !board_->find(node).has_value(); }, std::chrono::seconds{30});
  }

  [[nodiscard]] std::vector<std::string> suspicions(int64_t node) {
    std::lock_guard lock{mutex_};
    return suspicions_[node];
  }

  /// What stands in its row of its links.
  [[nodiscard]] std::string reported() {
    std::lock_guard lock{mutex_};
    return report_;
  }
  [[nodiscard]] bool reports(const std::string& text) {
    return eventually([&] { return reported().find(text) != std::string::npos; });
  }

  /// What its directory says that `links` fails at.
  [[nodiscard]] std::vector<failing_loop> failing() const {
    auto found = directory_->snapshot({.kind = "links", .key = {}, .parent = {}});
    return found.empty() ? std::vector<failing_loop>{} : found.front().failing;
  }

  /// Ends as a killed process does: its sockets close, nobody is told.
  void stop() {
    server_->stop();
    caf::anon_send_exit(links_, caf::exit_reason::user_shutdown);
    links_ = nullptr;
    board_->set({});
    system_.reset();
  }

private:
  void start() {
    cluster::links_setup setup;
    setup.own = {options_.cluster,  "node-" + std::to_string(id()), id(), id() * 10,
                 options_.protocol, options_.protocol_min,          0};
    setup.slot = directory_->open({"links", "", ""});
    setup.report = [this](std::string json) {
      std::lock_guard lock{mutex_};
      report_ = std::move(json);
    };
    setup.server = server_;
    setup.inbox = inbox_;
    setup.board = board_;
    setup.backoff = {std::chrono::milliseconds{20}, std::chrono::milliseconds{100}};
    setup.start_agent = [hosted = options_.hosted](links_actor::pointer self) {
      node_agent_setup parts;
      parts.links = caf::actor_cast<links_actor>(self);
      parts.hosted = hosted;
      return self->spawn<caf::linked>(node_agent, std::move(parts));
    };
    setup.suspect = [this](int64_t node, const std::string& reason) {
      std::lock_guard lock{mutex_};
      suspicions_[node].push_back(reason);
    };
    auto own = setup.own;
    links_ = system_->spawn(cluster::links, std::move(setup));
    server_->start(own, options_.secret, inbox_->events([own](const cluster::link_hello& peer) {
      return peer.cluster != own.cluster
               ? "it is of the cluster " + peer.cluster
               : cluster::incompatible(own, peer.protocol, peer.protocol_min);
    }));
  }

  linked_node_options options_;
  caf::actor_system_config config_;
  std::unique_ptr<caf::actor_system> system_;
  std::shared_ptr<cluster::link_server> server_;
  std::shared_ptr<cluster::link_inbox> inbox_ = std::make_shared<cluster::link_inbox>();
  std::shared_ptr<peer_board> board_ = std::make_shared<peer_board>();
  std::mutex mutex_;
  std::map<int64_t, std::vector<std::string>> suspicions_;
  std::string report_;
  std::shared_ptr<actor_directory> directory_ = std::make_shared<actor_directory>();
  links_actor links_;
};

} // namespace nova::test
