#include "app/cluster_part.hpp"

#include "base/rendezvous.hpp"
#include "cluster/link_module.hpp"
#include "cluster/machine.hpp"
#include "cluster/node_name.hpp"
#include "pg/cluster/list_nodes.hpp"
#include "pg/cluster/read_cluster_secret.hpp"
#include "pg/cluster/register_node.hpp"

#include <caf/stateful_actor.hpp>

#include <algorithm>
#include <set>

namespace nova::app {
namespace {

// Whatever it waits for, the lease is to be renewed.
constexpr std::chrono::seconds control_connect_timeout{2};
constexpr std::chrono::milliseconds control_statement_timeout{1500};
constexpr int names_max = 16;

/// `wanted`, or the first of `wanted-2`, `wanted-3`… that no living node has.
std::string free_name(const pg::connection_settings& database, const std::string& wanted) {
  pg::connection conn{database};
  std::set<std::string> taken;
  for (const auto& one : pg::list_nodes{0}.run(conn))
    if (one.alive)
      taken.insert(one.name);
  auto name = wanted;
  for (int number = 2; taken.contains(name); ++number)
    name = wanted + '-' + std::to_string(number);
  return name;
}

/// Nodes that take links and work, by weight of what they can do at once.
std::vector<base::candidate> home_candidates(const cluster::members& now) {
  std::vector<base::candidate> all;
  for (const auto& one : now.nodes)
    if (one.state == "up" && !one.address.empty())
      all.push_back({one.id, one.name, std::max<uint32_t>(one.capacity, 1)});
  return all;
}

/// Whether this node is none that leaves, or that an operator drained.
bool takes_work(const cluster::members& now) {
  return std::none_of(now.nodes.begin(), now.nodes.end(), [&](const auto& one) {
    return one.id == now.self && one.state == "draining";
  });
}

/// For a node that takes no links: each paces its share of what all may do.
std::shared_ptr<const grant_homes> homes_apart(const cluster::membership& members) {
  auto up = [&members] {
    auto now = members.view();
    return static_cast<size_t>(std::count_if(now->nodes.begin(), now->nodes.end(),
                                             [](const auto& one) { return one.state == "up"; }));
  };
  auto homes = std::make_shared<grant_homes>();
  homes->of = [up](const grant_id&) {
    return up() > 1 ? grant_home{false, {}, true} : grant_home{};
  };
  homes->version = [&members] { return members.view()->version; };
  homes->nodes = up;
  return homes;
}

std::shared_ptr<const grant_homes> make_homes(const cluster::membership& members,
                                              const std::shared_ptr<const peer_board>& board) {
  auto homes = std::make_shared<grant_homes>();
  homes->of = [&members, board](const grant_id& id) {
    auto now = members.view();
    auto home = base::home_of(id.value, home_candidates(*now));
    // Nobody is fit: each for itself, as if it were alone.
    if (!home || *home == now->self)
      return grant_home{};
    auto peer = board->find(*home);
    return grant_home{false, peer ? peer->agent : node_agent_actor{}, false};
  };
  homes->version = [&members] { return members.view()->version; };
  homes->nodes = [&members] { return home_candidates(*members.view()).size(); };
  return homes;
}

} // namespace

cluster_part::cluster_part(node_cluster_settings settings, pg::connection_settings database,
                           pg::node_start start)
  : settings_(std::move(settings)) {
  if (settings_.linked) {
    server_ = std::make_shared<cluster::link_server>(settings_.listen);
    start.address = server_->address();
    if (settings_.secret.empty()) {
      pg::connection conn{database};
      settings_.secret = pg::read_cluster_secret{}.run(conn);
    }
  }
  start.machine = cluster::this_machine();
  start.protocol = settings_.protocol;
  start.protocol_min = settings_.protocol_min;
  start.capacity = settings_.capacity;
  cluster::membership_settings joining;
  joining.database = std::move(database);
  joining.database.connect_timeout = control_connect_timeout;
  joining.database.statement_timeout = control_statement_timeout;
  joining.node = std::move(start);
  joining.replace = settings_.replace;
  cluster::membership_events events;
  events.changed = [this](const cluster::members& now) { changed(now); };
  events.dead = [dead = settings_.declared_dead](const std::string&) {
    if (dead)
      dead();
  };
  events.lease = [leases = leases_](const std::string& name, std::optional<int64_t> token) {
    leases->changed(name, token.value_or(0));
  };
  join(joining, events);
  homes_ = settings_.linked ? make_homes(*membership_, board_) : homes_apart(*membership_);
  leases_->connect([this](const std::string& name) { membership_->want_lease(name); },
                   [this](const std::string& name) { membership_->drop_lease(name); });
}

cluster_part::~cluster_part() {
  stop();
}

void cluster_part::join(cluster::membership_settings joining,
                        const cluster::membership_events& events) {
  auto wanted = joining.node.name;
  for (int attempts = 1;; ++attempts)
    try {
      if (settings_.another_name)
        joining.node.name = free_name(joining.database, wanted);
      membership_ = std::make_unique<cluster::membership>(joining, *gate_, events);
      node_name_ = joining.node.name;
      return;
    } catch (const cluster::name_taken&) {
      // Somebody who started at the same time took it first.
      if (!settings_.another_name || attempts == names_max)
        throw;
    }
}

void cluster_part::prepare(caf::actor_system_config& config) const {
  if (server_)
    cluster::load_link_module(config);
}

links_actor cluster_part::start_links(supervisor_actor::pointer self, directory_slot slot,
                                      node_agent_setup agent) {
  auto own = membership_->self();
  cluster::links_setup setup;
  setup.slot = std::move(slot);
  setup.own = {settings_.name,         node_name_, own.id, own.epoch, settings_.protocol,
               settings_.protocol_min, 0};
  setup.server = server_;
  setup.inbox = inbox_;
  setup.board = board_;
  setup.suspect = [this](int64_t node, const std::string& reason) {
    membership_->suspect(node, reason);
  };
  setup.report = [this](std::string json) { membership_->report_load(std::move(json)); };
  setup.start_agent = [this, agent](links_actor::pointer links) {
    auto parts = agent;
    parts.links = caf::actor_cast<links_actor>(links);
    parts.open = [this] { return takes_work(*membership_->view()); };
    return links->spawn<caf::linked>(node_agent, std::move(parts));
  };
  auto hello = setup.own;
  auto made = self->spawn(cluster::links, std::move(setup));
  if (!std::exchange(begun_, true))
    server_->start(hello, settings_.secret,
                   inbox_->events([this](const auto& peer) { return judge(peer); }));
  return made;
}

void cluster_part::begin() {
  membership_->start();
}

/// On the link server's thread.
std::string cluster_part::judge(const cluster::link_hello& peer) const {
  if (peer.cluster != settings_.name)
    return "it is of the cluster " + peer.cluster + ", this is " + settings_.name;
  cluster::link_hello own;
  own.protocol = settings_.protocol;
  own.protocol_min = settings_.protocol_min;
  if (auto why = cluster::incompatible(own, peer.protocol, peer.protocol_min); !why.empty())
    return why;
  auto known = membership_->view();
  auto there = std::any_of(known->nodes.begin(), known->nodes.end(),
                           [&](const cluster::member& one) { return one.id == peer.node; });
  // Incarnations are numbered in the order in which they join: an unknown one that is older than
  // one we know has ended, a younger one has just come.
  auto younger = known->nodes.empty() || peer.node > known->nodes.back().id;
  return there || younger ? "" : "it is no member any more";
}

/// On the control thread.
void cluster_part::changed(const cluster::members& now) {
  link_members list;
  for (const auto& one : now.nodes)
    list.members.push_back({one.id, one.epoch, one.name, one.reachable ? one.address : "",
                            one.protocol, one.protocol_min});
  list.open = takes_work(now);
  inbox_->tell(std::move(list));
}

void cluster_part::drain() {
  membership_->drain();
}

void cluster_part::stop() {
  membership_->stop();
  if (server_)
    server_->stop();
  inbox_->close();
}

bool cluster_part::linked() const noexcept {
  return server_ != nullptr;
}

pg::incarnation cluster_part::self() const {
  return membership_->self();
}

const std::shared_ptr<peer_board>& cluster_part::board() const noexcept {
  return board_;
}

std::optional<peer> cluster_part::host_of(std::string_view key, const std::string& role,
                                          const std::set<int64_t>& refused) const {
  auto now = membership_->view();
  std::vector<base::candidate> fit;
  for (const auto& one : now->nodes)
    if (one.state == "up" && !refused.contains(one.id)
        && std::find(one.roles.begin(), one.roles.end(), role) != one.roles.end()
        && (one.id == now->self || board_->find(one.id)))
      fit.push_back({one.id, one.name, std::max<uint32_t>(one.capacity, 1)});
  auto host = base::home_of(key, fit);
  return host && *host != now->self ? board_->find(*host) : std::nullopt;
}

std::vector<window_host> cluster_part::hosts_of(const std::string& role) const {
  auto now = membership_->view();
  std::vector<window_host> all;
  for (const auto& one : now->nodes) {
    if (one.state != "up" || std::find(one.roles.begin(), one.roles.end(), role) == one.roles.end())
      continue;
    if (one.id == now->self)
      all.push_back({one.name, std::nullopt});
    else if (auto there = board_->find(one.id))
      all.push_back({one.name, std::move(there)});
  }
  return all;
}

cluster::membership& cluster_part::membership() const noexcept {
  return *membership_;
}

std::shared_ptr<const effects_gate> cluster_part::gate() const noexcept {
  return gate_;
}

const std::shared_ptr<lease_board>& cluster_part::leases() const noexcept {
  return leases_;
}

const std::shared_ptr<const grant_homes>& cluster_part::homes() const noexcept {
  return homes_;
}

const std::string& cluster_part::node_name() const noexcept {
  return node_name_;
}

} // namespace nova::app
