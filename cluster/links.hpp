#pragma once

#include "actors/observed_actor.hpp"
#include "actors/peer_board.hpp"
#include "base/backoff.hpp"
#include "base/clock.hpp"
#include "cluster/link_report.hpp"
#include "cluster/link_server.hpp"
#include "messages/peer_links.hpp"
#include "messages/timer.hpp"

#include <caf/actor.hpp>
#include <caf/actor_addr.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace nova::cluster {

/// Brings what the thread of a `link_server` has to tell to the `links` actor of the moment.
/// Sockets wait here, because a message must not own one. Outlives both.
class link_inbox {
public:
  /// What the server is started with.
  [[nodiscard]] link_events events(link_handshake::judge accept);

  /// From now on it is told to this one.
  void open(links_actor to);
  /// Told to nobody any more; sockets that waited are closed.
  void close();

  [[nodiscard]] std::optional<made_link> take(uint64_t number);

  /// The list of members, kept for who opens later.
  void tell(link_members members);

private:
  void add(made_link link);

  std::mutex mutex_;
  links_actor to_;
  std::map<uint64_t, made_link> waiting_; // until the actor's next message
  uint64_t last_ = 0;
  std::optional<link_members> members_;
};

/// All that `links` is given.
struct links_setup {
  directory_slot slot;
  link_hello own;
  std::shared_ptr<link_server> server; // started with the inbox's events
  std::shared_ptr<link_inbox> inbox;
  std::shared_ptr<peer_board> board;
  /// Starts this node's agent, on `links`, which ends with it.
  std::function<hosting_agent_actor(links_actor::pointer)> start_agent;
  /// A link to a member is lost, or it cannot be reached. Must not block.
  std::function<void(int64_t node, const std::string& reason)> suspect;
  /// Takes what stands in the node's row, at each change and every few seconds; null: nobody. Must
  /// not block.
  std::function<void(std::string json)> report;
  base::backoff backoff{std::chrono::milliseconds{50}, std::chrono::milliseconds{2000}};
  uint64_t seed = 0; // of the jitter; 0 takes a random one
};

/// What `links` keeps between two messages, and what it does with each. A link:
///
///   none ─(a younger one calls; we call an older one)─▶ proved ─(greeting)─▶ up ─(lost)─▶ none
struct links_state : observed {
  static inline const char* name = "links";

  explicit links_state(links_actor::pointer self);
  ~links_state();

  links_state(const links_state&) = delete;
  links_state& operator=(const links_state&) = delete;

  struct link {
    node_agent_actor agent; // when up
    std::string name;
    int64_t epoch = 0;
    http::unique_fd control; // the socket a second time, to end the link from here
    http::unique_fd wire;    // the connection, to read its figures
    bool calling = false;
    uint32_t failures = 0;
    base::wall_time since = base::wall_now(); // in this state
    std::string why;                          // of the last failure; empty while it is up
    uint64_t generation = 0;
  };

  void open(links_setup with);
  void follow(const link_members& news);
  void ready(uint64_t number);
  void failed(const link_failed& call);
  /// Time to call a peer again; nothing when the link has another generation by now.
  void retry(int64_t node, uint64_t generation);
  caf::result<greeted> welcome(const greet& request);
  void down(const caf::actor_addr& who, const caf::error& reason);
  [[nodiscard]] peers_found peers() const;
  /// One of each member, with or without a link.
  [[nodiscard]] std::vector<link_row> rows() const;

private:
  void call(int64_t node);
  void call_later(int64_t node);
  void connect(made_link&& made);
  void publish(made_link&& made);
  void introduce(int64_t node, const caf::strong_actor_ptr& agent);
  void rise(int64_t node, node_agent_actor agent);
  void lose(int64_t node, const std::string& reason, bool suspicious);
  void end(link& which);
  void tell();
  void report();
  void report_again();
  void watch_certificate();
  void cannot_link(link& which, int64_t node, const std::string& reason);
  [[nodiscard]] link_row row_of(const link_member& member) const;
  [[nodiscard]] bool calls(const link_member& other) const;
  [[nodiscard]] greet own_greeting() const;

  links_actor::pointer self_;
  links_setup setup_;
  hosting_agent_actor agent_;
  std::mt19937_64 random_;
  std::map<int64_t, link_member> members_; // without this node
  std::map<int64_t, link> links_;
  timer report_due_{self_};
};

/// See `links_actor`. Event-based: it never waits.
links_actor::behavior_type links(observed_pointer<links_actor, links_state> self,
                                 links_setup setup);

/// Why a member of that protocol range cannot be talked to; empty when it can.
[[nodiscard]] std::string incompatible(const link_hello& own, uint32_t protocol,
                                       uint32_t protocol_min);

} // namespace nova::cluster
