#pragma once

#include "actors/backfill_parts.hpp"
#include "actors/effects_gate.hpp"
#include "actors/grants.hpp"
#include "actors/lease_board.hpp"
#include "actors/node_agent.hpp"
#include "actors/peer_board.hpp"
#include "cluster/links.hpp"
#include "cluster/membership.hpp"
#include "messages/supervised_children.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace nova::app {

/// How a node takes part in a cluster. Secrets are in here, so it is never logged.
struct node_cluster_settings {
  bool enabled = false;
  bool linked = true; // false: it shares the database and talks to nobody
  cluster::link_server_settings listen;
  std::string name = "nova";
  /// When somebody living has the node's name: `another_name` takes the next free of NAME-2,
  /// NAME-3…, `replace` takes the name, and the other is declared dead; neither: it is an error.
  bool another_name = false;
  bool replace = false;
  std::string secret; // empty: the one in the database
  uint32_t protocol = 1, protocol_min = 1;
  uint32_t capacity = 0; // threads at once
  /// The others declared this node dead. Called on the control thread; must end the process at
  /// once.
  std::function<void()> declared_dead;
};

/// A node's place in the cluster: its row, kept alive by the control thread, and its links. Made
/// before the actor system, because the address must be known when the node registers.
class cluster_part {
public:
  /// Binds, reads the secret, registers. Throws `cluster::name_taken`, `pg::error`,
  /// `std::system_error` or `std::runtime_error` in words for who set the address or the files.
  cluster_part(node_cluster_settings settings, pg::connection_settings database,
               pg::node_start start);
  ~cluster_part();

  cluster_part(const cluster_part&) = delete;
  cluster_part& operator=(const cluster_part&) = delete;

  /// What the actor system must be made with.
  void prepare(caf::actor_system_config& config) const;

  /// Begins to renew the node's lease. Once, before the actors start.
  void begin();

  /// Spawns `links` with the node's agent. The first call begins to answer peers.
  links_actor start_links(supervisor_actor::pointer self, directory_slot slot,
                          node_agent_setup agent);

  /// Tells the others that nothing new is taken here.
  void drain();
  /// Leaves. The links must be ended by then. Idempotent.
  void stop();

  [[nodiscard]] bool linked() const noexcept;
  [[nodiscard]] const std::string& node_name() const noexcept;
  [[nodiscard]] pg::incarnation self() const;
  [[nodiscard]] const std::shared_ptr<peer_board>& board() const noexcept;
  /// Which node paces which grant.
  [[nodiscard]] const std::shared_ptr<const grant_homes>& homes() const noexcept;
  /// The linked node, none of those, on which work with that key should run; nothing: this one.
  [[nodiscard]] std::optional<peer> host_of(std::string_view key, const std::string& role,
                                            const std::set<int64_t>& refused) const;
  /// The nodes with that role that take work and can be reached, this one among them.
  [[nodiscard]] std::vector<window_host> hosts_of(const std::string& role) const;
  [[nodiscard]] cluster::membership& membership() const noexcept;
  /// Shut while the node's lease cannot be trusted.
  [[nodiscard]] std::shared_ptr<const effects_gate> gate() const noexcept;
  /// Where actors want leases.
  [[nodiscard]] const std::shared_ptr<lease_board>& leases() const noexcept;

private:
  void join(cluster::membership_settings joining, const cluster::membership_events& events);
  [[nodiscard]] std::string judge(const cluster::link_hello& peer) const;
  void changed(const cluster::members& now);

  node_cluster_settings settings_;
  std::shared_ptr<effects_gate> gate_ = std::make_shared<effects_gate>();
  std::shared_ptr<lease_board> leases_ = std::make_shared<lease_board>();
  std::shared_ptr<cluster::link_inbox> inbox_ = std::make_shared<cluster::link_inbox>();
  std::shared_ptr<peer_board> board_ = std::make_shared<peer_board>();
  std::shared_ptr<cluster::link_server> server_; // null when not linked
  std::unique_ptr<cluster::membership> membership_;
  std::shared_ptr<const grant_homes> homes_;
  std::string node_name_;
  bool begun_ = false;
};

} // namespace nova::app
