#include "cluster/links.hpp"

#include "base/log.hpp"
#include "base/seed.hpp"
#include "messages/error_code.hpp"
#include "messages/timed_request.hpp"

#include <caf/actor_cast.hpp>
#include <caf/actor_system.hpp>
#include <caf/io/basp_broker.hpp>
#include <caf/io/middleman.hpp>
#include <caf/io/network/multiplexer.hpp>
#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>
#include <fcntl.h>
#include <sys/socket.h>

#include <algorithm>
#include <set>
#include <utility>

namespace nova::cluster {
namespace {

constexpr base::log links_log{"Links"};

constexpr std::chrono::seconds greeting_timeout{5};
// CAF finds what is published by a port; that it is one of a socket is a habit of CAF's.
constexpr uint16_t agent_port = 1;
// Round trips and bytes in the node's row are so old at most; changes are there at once.
constexpr std::chrono::seconds report_pause{5};
constexpr uint32_t failures_told = 3;
constexpr std::chrono::days warned_before{14};

caf::actor broker_of(caf::actor_system& system) {
  return system.middleman().named_broker<caf::io::basp_broker>(caf::atom("BASP"));
}

/// What is tried again and again, as the directory and the log call it.
std::string linking_to(const std::string& peer) {
  return "link to " + peer;
}

http::unique_fd second_handle(const http::unique_fd& socket) {
  return http::unique_fd{::fcntl(socket.get(), F_DUPFD_CLOEXEC, 0)};
}

} // namespace

link_events link_inbox::events(link_handshake::judge accept) {
  return {std::move(accept), [this](made_link made) { add(std::move(made)); },
          [this](int64_t node, const std::string& reason, bool refused) {
            std::lock_guard lock{mutex_};
            if (to_)
              caf::anon_send(to_, link_failed{node, reason, refused});
          }};
}

void link_inbox::open(links_actor to) {
  std::lock_guard lock{mutex_};
  to_ = std::move(to);
  waiting_.clear();
  if (members_)
    caf::anon_send(to_, *members_);
}

void link_inbox::close() {
  std::lock_guard lock{mutex_};
  to_ = nullptr;
  waiting_.clear();
}

void link_inbox::tell(link_members members) {
  std::lock_guard lock{mutex_};
  if (to_)
    caf::anon_send(to_, members);
  members_ = std::move(members);
}

void link_inbox::add(made_link made) {
  std::lock_guard lock{mutex_};
  if (!to_)
    return;
  waiting_.emplace(++last_, std::move(made));
  caf::anon_send(to_, link_ready{last_});
}

std::optional<made_link> link_inbox::take(uint64_t number) {
  std::lock_guard lock{mutex_};
  auto found = waiting_.find(number);
  if (found == waiting_.end())
    return {};
  std::optional taken{std::move(found->second)};
  waiting_.erase(found);
  return taken;
}

std::string incompatible(const link_hello& own, uint32_t protocol, uint32_t protocol_min) {
  if (std::max(own.protocol_min, protocol_min) <= std::min(own.protocol, protocol))
    return {};
  return "it speaks the protocols " + std::to_string(protocol_min) + " to "
         + std::to_string(protocol) + ", this node " + std::to_string(own.protocol_min) + " to "
         + std::to_string(own.protocol);
}

links_state::links_state(links_actor::pointer self) : observed(self), self_(self) {
  self->set_down_handler([this](caf::down_msg& x) { down(x.source, x.reason); });
}

links_state::~links_state() {
  if (setup_.inbox)
    setup_.inbox->close();
  if (setup_.board)
    setup_.board->set({});
  for (auto& [node, one] : links_)
    end(one);
}

void links_state::open(links_setup with) {
  setup_ = std::move(with);
  slot = setup_.slot;
  random_ = base::random_engine(setup_.seed);
  setup_.inbox->open(caf::actor_cast<links_actor>(self_));
  agent_ = setup_.start_agent(self_);
  doing("waits for the first list of members");
  report_again();
}

void links_state::follow(const link_members& news) {
  if (!news.open)
    self_->send(agent_, yield_children{});
  std::map<int64_t, link_member> now;
  for (const auto& one : news.members)
    if (one.node != setup_.own.node)
      now.emplace(one.node, one);
  for (const auto& [node, member] : now)
    if (auto why = incompatible(setup_.own, member.protocol, member.protocol_min);
        !why.empty() && !members_.contains(node))
      links_log.warn("not linked: no common protocol", {{"node", member.name}, {"reason", why}});
  auto before = std::exchange(members_, std::move(now));
  bool changed = false;
  for (auto which = links_.begin(); which != links_.end();) {
    // Who proved itself before we heard of it stays.
    if (members_.contains(which->first) || !before.contains(which->first)) {
      ++which;
      continue;
    }
    changed = changed || which->second.agent;
    (void)slot.works(linking_to(which->second.name)); // it is not tried any more
    end(which->second);
    which = links_.erase(which);
  }
  for (const auto& [node, member] : members_)
    if (calls(member) && !links_.contains(node))
      call(node);
  if (changed)
    tell();
  report();
}

bool links_state::calls(const link_member& other) const {
  return other.node < setup_.own.node && !other.address.empty()
         && incompatible(setup_.own, other.protocol, other.protocol_min).empty();
}

void links_state::call(int64_t node) {
  auto& link = links_[node];
  link.name = members_.at(node).name;
  link.calling = true;
  ++link.generation;
  setup_.server->call(node, members_.at(node).address);
}

void links_state::call_later(int64_t node) {
  auto& link = links_[node];
  link.calling = true;
  auto wait = setup_.backoff.delay(link.failures++, random_);
  call_after(self_, wait,
             [this, node, generation = ++link.generation] { retry(node, generation); });
}

void links_state::retry(int64_t node, uint64_t generation) {
  auto found = links_.find(node);
  if (found == links_.end() || found->second.generation != generation)
    return;
  if (members_.contains(node))
    call(node);
  else
    links_.erase(found);
}

void links_state::failed(const link_failed& news) {
  auto member = members_.find(news.node);
  if (member == members_.end() || !links_.contains(news.node))
    return;
  cannot_link(links_.at(news.node), news.node, news.reason);
  setup_.suspect(news.node, "no link: " + news.reason);
  call_later(news.node);
}

/// A node that was killed refuses a few calls before it is declared dead: the log is told of what
/// lasts.
void links_state::cannot_link(link& which, int64_t node, const std::string& reason) {
  links_log.debug("cannot link", {{"node", which.name}, {"reason", reason}});
  if (which.failures >= failures_told)
    could_not(links_log, linking_to(which.name).c_str(), reason);
  auto news = which.why != reason || !members_.contains(node);
  which.why = reason;
  if (news)
    report();
}

void links_state::ready(uint64_t number) {
  auto made = setup_.inbox->take(number);
  if (!made || (made->called && !links_.contains(made->peer.node)))
    return;
  auto& link = links_[made->peer.node];
  if (!made->called && link.control.get() >= 0)
    end(link); // it lost the link before we noticed
  link.control = second_handle(made->socket);
  link.wire = std::move(made->wire);
  link.name = made->peer.name;
  link.epoch = made->peer.epoch;
  if (made->called)
    connect(std::move(*made));
  else
    publish(std::move(*made));
}

/// The caller's side: CAF asks the peer what it has published.
void links_state::connect(made_link&& made) {
  auto node = made.peer.node;
  auto& system = self_->system();
  auto scribe = system.middleman().backend().new_scribe(made.socket.release());
  self_
    ->request(broker_of(system), greeting_timeout, caf::connect_atom_v, std::move(scribe),
              agent_port)
    .then(
      [this, node](caf::node_id&, caf::strong_actor_ptr& agent, std::set<std::string>& speaks) {
        auto wanted = self_->system().message_types<node_agent_actor>();
        if (!agent || !std::includes(speaks.begin(), speaks.end(), wanted.begin(), wanted.end()))
          lose(node, "it has no agent that we understand", false);
        else
          introduce(node, agent);
      },
      [this, node](const caf::error& reason) { lose(node, describe(reason), false); });
}

/// The side that was called: CAF offers the agent, and the caller greets it.
void links_state::publish(made_link&& made) {
  auto& system = self_->system();
  auto scribe = system.middleman().backend().new_scribe(made.socket.release());
  caf::anon_send(broker_of(system), caf::publish_atom_v, std::move(scribe), agent_port,
                 caf::actor_cast<caf::strong_actor_ptr>(agent_),
                 system.message_types<node_agent_actor>());
}

greet links_state::own_greeting() const {
  const auto& own = setup_.own;
  return {own.node, own.epoch, own.name, own.protocol,
          caf::actor_cast<caf::strong_actor_ptr>(agent_)};
}

void links_state::introduce(int64_t node, const caf::strong_actor_ptr& agent) {
  auto handle = caf::actor_cast<node_agent_actor>(agent);
  timed_request(self_, handle, greeting_timeout, own_greeting())
    .then(
      [this, node, handle](const greeted& answer) {
        if (answer.node != node)
          lose(node, "another node answers there", false);
        else
          rise(node, handle);
      },
      [this, node](const caf::error& reason) { lose(node, describe(reason), false); });
}

caf::result<greeted> links_state::welcome(const greet& request) {
  auto found = links_.find(request.node);
  if (found == links_.end() || found->second.epoch != request.epoch || !request.agent)
    return caf::make_error(ec::stale_claim, "no such node has proved itself here");
  rise(request.node, caf::actor_cast<node_agent_actor>(request.agent));
  return greeted{setup_.own.node, setup_.own.epoch, setup_.own.name};
}

void links_state::rise(int64_t node, node_agent_actor agent) {
  auto found = links_.find(node);
  if (found == links_.end())
    return; // it stopped being a member meanwhile
  auto& link = found->second;
  link.calling = false;
  link.failures = 0;
  link.why.clear();
  link.since = base::wall_now();
  ++link.generation;
  if (link.agent != agent) {
    if (link.agent)
      self_->demonitor(link.agent.address());
    link.agent = std::move(agent);
    self_->monitor(link.agent);
  }
  links_log.info("linked", {{"node", link.name}, {"incarnation", node}});
  (void)slot.works(linking_to(link.name));
  tell();
}

void links_state::down(const caf::actor_addr& who, const caf::error& reason) {
  for (const auto& [node, link] : links_)
    if (link.agent == who)
      // An agent that failed by itself says nothing about its node: the link is made anew.
      return lose(node, describe(reason), reason == caf::exit_reason::remote_link_unreachable);
}

void links_state::lose(int64_t node, const std::string& reason, bool suspicious) {
  auto found = links_.find(node);
  if (found == links_.end())
    return;
  auto& link = found->second;
  auto was_up = std::exchange(link.agent, node_agent_actor{}) != nullptr;
  end(link);
  link.since = base::wall_now();
  if (was_up) {
    links_log.warn("link lost", {{"node", link.name}, {"incarnation", node}, {"reason", reason}});
    link.why = "lost: " + reason;
  } else {
    cannot_link(link, node, reason);
  }
  auto member = members_.find(node);
  auto call_it = member != members_.end() && calls(member->second);
  if (suspicious && member != members_.end())
    setup_.suspect(node, "link lost: " + reason);
  if (call_it)
    call_later(node);
  else
    links_.erase(found);
  if (was_up)
    tell();
}

void links_state::end(link& which) {
  if (which.control.get() >= 0)
    ::shutdown(which.control.get(), SHUT_RDWR);
  which.control = http::unique_fd{};
  which.wire = http::unique_fd{};
}

peers_found links_state::peers() const {
  peers_found found;
  for (const auto& [node, link] : links_)
    if (link.agent)
      found.peers.push_back({node, link.name, link.agent});
  return found;
}

link_row links_state::row_of(const link_member& member) const {
  link_row row;
  row.node = member.node;
  row.peer = member.name;
  row.address = member.address;
  row.why = incompatible(setup_.own, member.protocol, member.protocol_min);
  if (row.why.empty() && member.address.empty())
    row.why = "it takes no links, or none from this machine";
  row.state = !row.why.empty() ? "none" : calls(member) ? "calling" : "awaited";
  auto found = links_.find(member.node);
  if (found == links_.end())
    return row;
  const auto& link = found->second;
  if (link.agent)
    row.state = "up";
  row.since = link.since;
  row.failures = link.failures;
  if (row.why.empty() || link.agent)
    row.why = link.why;
  row.wire = figures_of(link.wire.get());
  return row;
}

std::vector<link_row> links_state::rows() const {
  std::vector<link_row> all;
  for (const auto& [node, member] : members_)
    all.push_back(row_of(member));
  return all;
}

void links_state::report() {
  auto all = rows();
  auto up = std::ranges::count(all, "up", &link_row::state);
  auto now = "linked to " + std::to_string(up) + " of " + std::to_string(all.size()) + " members";
  if (now != slot.doing()) // since when stays
    doing(now);
  if (setup_.report)
    setup_.report(report_of(all));
}

/// A node reads its certificate when it starts, so a new file alone changes nothing.
void links_state::watch_certificate() {
  constexpr const char* certificate = "its certificate";
  auto ends = setup_.server->certificate_ends_at();
  auto left = ends ? *ends - base::wall_now() : warned_before;
  if (left >= warned_before)
    return static_cast<void>(slot.works(certificate));
  auto days = std::chrono::floor<std::chrono::days>(left).count();
  auto how = (days < 0 ? std::string{"has ended"} : "ends in " + std::to_string(days) + " days")
             + ": no new link can be made then; `nova cluster certs --renew` makes another, and a "
               "restart takes it";
  if (slot.warns(certificate, how))
    links_log.warn("this node's certificate ends soon", {{"days", days}});
}

void links_state::report_again() {
  report();
  watch_certificate();
  report_due_.after(report_pause, [this] { report_again(); });
}

void links_state::tell() {
  setup_.board->set(peers().peers);
  report();
}

links_actor::behavior_type links(observed_pointer<links_actor, links_state> self,
                                 links_setup setup) {
  self->state.open(std::move(setup));
  return {
    [self](find_peers) { return self->state.peers(); },
    [self](const greet& request) { return self->state.welcome(request); },
    [self](const link_members& news) { self->state.follow(news); },
    [self](link_ready news) { self->state.ready(news.number); },
    [self](const link_failed& news) { self->state.failed(news); },
  };
}

} // namespace nova::cluster
