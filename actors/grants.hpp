#pragma once

#include "actors/grant.hpp"
#include "actors/grant_calls.hpp"
#include "actors/observed_actor.hpp"
#include "actors/promised_answer.hpp"
#include "actors/provider_watch.hpp"
#include "mail/ids.hpp"
#include "messages/between_nodes.hpp"
#include "messages/timer.hpp"
#include "nylas/price_list.hpp"

#include <caf/actor_addr.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <unordered_map>
#include <vector>

namespace nova {

/// Which node paces a grant.
struct grant_home {
  bool here = true;
  node_agent_actor agent; // of the node elsewhere; null: it is not linked now
  /// This node takes no links, so no home can be asked: it paces its share of the grant by itself.
  bool apart = false;
};

/// Where grants live in the cluster, as this node sees it: one home each, the same for all who see
/// the same members. The functions may be called on any thread and never wait.
struct grant_homes {
  std::function<grant_home(const grant_id&)> of;
  /// Grows whenever an answer of `of` may have changed.
  std::function<int64_t()> version;
  /// Nodes that could be a home, this one included.
  std::function<size_t()> nodes;
};

/// All that `grants` is given.
struct grants_needs {
  database_actor database;
  http_client_actor http;
  std::shared_ptr<actor_directory> directory; // where its children are entered; may be null
  /// Null: this node is alone and paces every grant.
  std::shared_ptr<const grant_homes> homes = {};
  std::string node = {}; // its name
};

/// The node's door to the API: a permit of the grant's actor, the call, the report of how it went.
/// The way of a call to its permit:
///
///   routed ─(the home is here)─────▶ asked of the `grant` here ─┬─(permit)─▶ called
///     ▲ └──(elsewhere and linked)──▶ asked of that node's agent ┘
///     └─(tick)── waits: not linked, not at home any more, or that node is lost
struct grants_state : observed {
  using promise = promised_answer<api_answered>;
  using time_point = std::chrono::steady_clock::time_point;

  static inline const char* name = "grants";

  explicit grants_state(grants_home_actor::pointer self)
    : observed(self), self(self), watch(self) {}

  /// A call that has no permit yet.
  struct waiting_call {
    call_grant request;
    promise answer;
    time_point since;
    std::string doing = {}; // what its asker said that it does
  };

  struct remote_ask {
    waiting_call call;
    caf::actor_addr agent;
  };

  struct pacer {
    grant_actor actor;
    bool stand_in = false; // the home cannot be reached
    size_t shared_by = 1;
  };

  struct remote_permit {
    grant_id grant;
    uint64_t permit = 0;
  };

  void open(grants_needs with, grant_limits limits_given);
  caf::result<api_answered> call(call_grant&& request);
  caf::result<permit_granted> permit_for_peer(const ask_remote_permit& request);
  void peer_call_ended(const remote_call_ended& news);
  void look_at_homes();
  void call_done(const call_grant& request, time_point began, const promise& answer,
                 api_answered&& answered, std::function<void(call_ended&&)> report);
  void down(const caf::actor_addr& who);
  template <class News>
  void tell(News news);

  grants_home_actor::pointer self;
  grants_needs needs;
  grant_limits limits;
  provider_watch watch;
  // One a connected inbox at most: an unknown grant is refused before anybody calls for it.
  std::unordered_map<std::string, pacer> known;
  std::unordered_map<std::string, nylas::price_list> prices; // likewise; as answers here said
  std::vector<waiting_call> unrouted;
  std::map<uint64_t, remote_ask> asked; // of other nodes
  uint64_t ask_count = 0;
  std::map<std::string, time_point> unlinked_since;           // grants whose home cannot be reached
  std::map<caf::actor_addr, std::vector<remote_permit>> lent; // to peers
  std::map<caf::actor_addr, uint64_t> watched;                // with its number
  uint64_t watch_count = 0;
  timer next_homes{self};
  int64_t homes_seen = 0;

private:
  [[nodiscard]] grant_home home_of(const grant_id& id) const;
  [[nodiscard]] time_point now() const;
  const grant_actor& pacer_of(const grant_id& id, bool stand_in);
  [[nodiscard]] size_t sharers() const;
  void route(waiting_call&& call);
  void ask_here(const grant_actor& pacer, waiting_call&& call);
  void ask_there(const node_agent_actor& agent, waiting_call&& call);
  [[nodiscard]] bool unlinked_long(const grant_id& id);
  uint64_t monitor_peer(const caf::actor_addr& who);
  [[nodiscard]] double price_of(const call_grant& call) const;
  [[nodiscard]] uint32_t waited_ms(const waiting_call& call) const;
  void take_back(const caf::actor_addr& peer);
  template <class Report>
  void perform(const waiting_call& call, uint64_t permit, Report report);
};

grants_home_actor::behavior_type grants(observed_pointer<grants_home_actor, grants_state> self,
                                        directory_slot slot, grants_needs needs,
                                        grant_limits limits);

} // namespace nova
