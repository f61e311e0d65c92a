#pragma once

#include "base/clock.hpp"
#include "cluster/members.hpp"
#include "cluster/try_connect.hpp"
#include "pg/cluster/heartbeat_node.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <variant>

namespace nova::cluster {

/// As `membership_settings` has them.
struct membership_times {
  std::chrono::milliseconds lease, tick, margin, canary_limit;
};

/// What other threads have said.
struct membership_orders {
  bool draining = false;
  bool leases = false; // one was wanted or dropped that was not looked at yet
  base::monotonic_time canary_heard = {};
  std::map<int64_t, std::string> suspects = {}; // why, by node; only those not said before
};

struct renew_lease {
  base::monotonic_time sent;
};
/// Of this node.
struct change_state {
  std::string state;
};
/// Those of `nova.cluster_leases` that this node holds.
struct renew_held_leases {};
struct connect_to {
  int64_t node = 0;
  std::string name, address;
  std::string reason; // why it is suspected
};
struct vote {
  int64_t node = 0;
  connect_result probe = connect_result::silent;
  std::string reason;
};
/// Those whose lease ran out.
struct expire_others {};
struct read_members {};
struct follow_lease_orders {};
struct give_leases_back {};
/// This node was declared dead.
struct end_process {};

/// What the membership's thread does next, mostly a statement on its connection.
using membership_step =
  std::variant<renew_lease, change_state, renew_held_leases, connect_to, vote, expire_others,
               read_members, follow_lease_orders, give_leases_back, end_process>;

/// Every decision of the `membership`, without its thread, connection and clock: the same calls
/// give the same steps. One thread.
class membership_rules {
public:
  using time = base::monotonic_time;

  /// `random` spreads the pauses between tries to connect.
  membership_rules(membership_times times, std::mt19937_64 random);

  /// The node was registered, by a statement that was sent no sooner than that.
  void joined(time sent) noexcept;
  /// How long to wait before the next round, unless something happens.
  [[nodiscard]] std::chrono::milliseconds wait(time now, membership_orders orders);
  /// A notification of that channel came.
  void noticed(std::string_view channel);
  /// What to do next in this round; nothing: the round is over. The one before was answered, or the
  /// connection was lost.
  [[nodiscard]] std::optional<membership_step> next(time now, membership_orders orders);

  /// What that step brought. No row: this node was declared dead.
  void answered(const renew_lease& asked, const std::optional<pg::cluster_view>& row);
  void answered(const connect_to& asked, connect_result probe, time now);
  /// True: that declared it dead.
  void answered(const vote& asked, bool dead, time now);
  /// So many were declared dead.
  void answered(const expire_others& asked, size_t dead);
  void answered(const read_members& asked, std::shared_ptr<const members> list);

  /// The connection failed, so that the round is over. Answers with the pause before the next try.
  [[nodiscard]] std::chrono::milliseconds connection_lost();
  /// There is a new connection, and what was notified meanwhile is lost.
  void connected() noexcept;

  /// Until then the node is sure of its lease, whatever happens to the connection.
  [[nodiscard]] time trusted_until() const noexcept;

private:
  using rule = void (membership_rules::*)(time now);
  struct second_look {
    time due;
    std::string reason;
  };

  void hear(membership_orders orders);
  void renew(time now);
  void set_state(time now);
  void renew_held(time now);
  void judge(time now);
  void expire(time now);
  void read(time now);
  void follow_orders(time now);
  void give_back(time now);

  [[nodiscard]] std::map<int64_t, std::string> take_suspects(time now);
  void look_again(const vote& asked, time now);

  static const std::array<rule, 8> round; // in this order

  membership_times times_;
  std::mt19937_64 random_;
  membership_orders orders_;
  std::deque<membership_step> steps_; // that are decided
  size_t rule_ = 0;                   // of the round, which decides next
  bool dead_ = false;
  time trusted_until_;
  // The next are due at once in the beginning.
  time renewal_due_, expiry_due_, orders_due_;
  time votes_count_until_;
  std::optional<std::string> own_state_; // as the renewal of this round found it
  std::shared_ptr<const members> members_ = std::make_shared<const members>();
  int64_t seen_version_ = -1;
  bool stale_ = true;    // the list of members is to be read
  bool drained_ = false; // by an operator, when nobody said `draining`
  std::map<int64_t, second_look> again_;
  std::map<int64_t, int> looks_; // so many second ones
  uint32_t tries_ = 0;           // to connect, in a row
};

} // namespace nova::cluster
