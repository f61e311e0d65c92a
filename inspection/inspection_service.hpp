#pragma once

#include "actors/live_limits.hpp"
#include "base/finding.hpp"
#include "http/http_server.hpp"
#include "http/tls_front.hpp"
#include "inspection/inspection_tables.hpp"
#include "inspection/operator_api.hpp"
#include "inspection/runtime_folder.hpp"
#include "messages/between_nodes.hpp"
#include "messages/peer_links.hpp"

#include <caf/fwd.hpp>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace nova::inspection {

/// NOVA_INSPECT and what belongs to it.
struct inspection_settings {
  bool enabled = false;
  /// A path of a Unix socket; empty: `default_socket` of the node's name.
  std::string socket;
  /// HOST:PORT with TLS beside it; empty: none.
  std::string host;
  uint16_t port = 0;
  std::map<std::string, operator_role> tokens;
  std::map<std::string, std::string> token_names; // of those tokens that have one
  std::string certificate, key;                   // files
};

/// What of a node is looked at and changed.
struct inspected_node {
  std::string name;
  std::shared_ptr<actor_directory> directory;
  std::shared_ptr<live_limits> limits;
  /// What is wrong with it beside its actors, such as with its settings. Any thread; must not wait.
  std::function<std::vector<base::finding>()> own_findings = {};
};

/// The inspection API of a node with all that stands behind it.
class inspection_service {
public:
  /// Starts to listen. Throws `std::system_error` when it cannot. The actor system outlives it.
  inspection_service(caf::actor_system& system, inspected_node node,
                     const pg::connection_settings& database, const inspection_settings& settings);
  ~inspection_service();

  inspection_service(const inspection_service&) = delete;
  inspection_service& operator=(const inspection_service&) = delete;

  /// Who answers peers for this node; for its `node_agent`.
  [[nodiscard]] const inspector_actor& inspector() const noexcept {
    return inspector_;
  }
  /// Whom to ask for peers from now on. Any thread.
  void use_links(peers_actor links);

  [[nodiscard]] const std::string& socket() const noexcept {
    return socket_;
  }
  /// `host:port` where it listens with TLS; empty: nowhere.
  [[nodiscard]] const std::string& address() const noexcept {
    return address_;
  }

private:
  class shared_links;

  [[nodiscard]] operator_api_parts parts_of(caf::actor_system& system, const inspected_node& node,
                                            const inspection_settings& settings) const;
  void listen(const inspection_settings& settings, const std::string& node);

  std::shared_ptr<shared_links> links_;
  std::shared_ptr<inspection_tables> tables_;
  std::shared_ptr<operator_api> inspection_;
  inspector_actor inspector_;
  std::string socket_;
  std::unique_ptr<http::server> local_;
  std::unique_ptr<http::server> network_; // behind `front_`
  std::unique_ptr<http::tls_front> front_;
  std::string address_;
};

} // namespace nova::inspection
