#include "cluster/membership_rules.hpp"

#include "base/backoff.hpp"

#include <algorithm>
#include <utility>

// A round goes through the rules in this order; each decides on no step, one or several:
//
//   renew the lease ─▶ own state ─▶ leases held beside it ─▶ call and vote on who is suspected
//   ─▶ judge whose lease ran out ─▶ read the list if it changed ─▶ take what is free and wanted
//   ─▶ give all back while drained
//
// The node trusts itself until the moment before it *sent* the last renewal that was answered, plus
// the lease, less a margin: whatever the network did to the answer, the database's lease is longer.
//
//                      ┌─ dead ─────────────────────▶ forgotten
//   suspected ─▶ call, vote ─ refused or silent ───▶ left to its lease and to the others' votes
//       ▲              └─ answers ─▶ second look after 50, 100 … 800 ms, then left alone
//       └──────────────────────────────────┘
namespace nova::cluster {
namespace {

using std::chrono::milliseconds;

constexpr base::backoff between_tries{milliseconds{50}, milliseconds{1000}};
constexpr size_t probes_a_round = 2;
constexpr milliseconds look_pause{50};
constexpr int looks_max = 5;
constexpr std::chrono::seconds votes_count_for{10}; // as nova.suspect_node says

} // namespace

const std::array<membership_rules::rule, 8> membership_rules::round{
  &membership_rules::renew,         &membership_rules::set_state, &membership_rules::renew_held,
  &membership_rules::judge,         &membership_rules::expire,    &membership_rules::read,
  &membership_rules::follow_orders, &membership_rules::give_back,
};

membership_rules::membership_rules(membership_times times, std::mt19937_64 random)
  : times_(times), random_(random) {}

void membership_rules::joined(time sent) noexcept {
  trusted_until_ = sent + times_.lease - times_.margin;
}

membership_rules::time membership_rules::trusted_until() const noexcept {
  return trusted_until_;
}

milliseconds membership_rules::wait(time now, membership_orders orders) {
  hear(std::move(orders));
  if (!orders_.suspects.empty() || orders_.leases)
    return {};
  auto left = std::chrono::duration_cast<milliseconds>(renewal_due_ - now);
  if (!again_.empty())
    left = std::min(left, look_pause);
  return std::clamp(left, milliseconds{0}, times_.tick);
}

void membership_rules::noticed(std::string_view channel) {
  stale_ = stale_ || channel == "nova_cluster";
}

std::optional<membership_step> membership_rules::next(time now, membership_orders orders) {
  hear(std::move(orders));
  while (steps_.empty()) {
    if (dead_ || rule_ == round.size()) {
      rule_ = 0;
      return {};
    }
    (this->*round[rule_++])(now);
  }
  auto step = std::move(steps_.front());
  steps_.pop_front();
  return step;
}

void membership_rules::hear(membership_orders orders) {
  orders.suspects.merge(orders_.suspects);
  orders_ = std::move(orders);
}

void membership_rules::renew(time now) {
  if (now >= renewal_due_)
    steps_.push_back(renew_lease{now});
}

void membership_rules::answered(const renew_lease& asked,
                                const std::optional<pg::cluster_view>& row) {
  renewal_due_ = asked.sent + times_.tick;
  if (!row) {
    dead_ = true;
    trusted_until_ = {};
    steps_.push_back(end_process{});
    return;
  }
  joined(asked.sent);
  stale_ = stale_ || row->version != seen_version_;
  own_state_ = row->state;
}

/// Whoever renews while no actor runs, or while no peer can be reached, must not judge others. Not
/// decided with the answer of the renewal, but by what was heard until then: it may have hung.
void membership_rules::set_state(time now) {
  if (!own_state_)
    return;
  auto runs = times_.canary_limit.count() == 0 || now - orders_.canary_heard < times_.canary_limit;
  if (orders_.draining) {
    if (own_state_ != "draining")
      steps_.push_back(change_state{"draining"});
  } else if (own_state_ == "up" && !runs) {
    steps_.push_back(change_state{"degraded"});
  } else if (own_state_ == "degraded" && runs && now > votes_count_until_) {
    steps_.push_back(change_state{"up"});
  }
}

void membership_rules::renew_held(time /*now*/) {
  if (std::exchange(own_state_, {}))
    steps_.push_back(renew_held_leases{});
}

void membership_rules::judge(time now) {
  for (auto& [node, reason] : take_suspects(now)) {
    auto found = std::find_if(members_->nodes.begin(), members_->nodes.end(),
                              [id = node](const member& one) { return one.id == id; });
    if (found != members_->nodes.end() && found->reachable)
      steps_.push_back(connect_to{node, found->name, found->address, reason});
  }
}

std::map<int64_t, std::string> membership_rules::take_suspects(time now) {
  std::map<int64_t, std::string> taken;
  // The others wait for the next round: a probe of who is silent takes its time, and meanwhile
  // nothing is renewed.
  auto& waiting = orders_.suspects;
  while (!waiting.empty() && taken.size() < probes_a_round)
    taken.insert(waiting.extract(waiting.begin()));
  std::erase_if(again_, [&](const auto& one) {
    if (one.second.due > now)
      return false;
    taken.emplace(one.first, one.second.reason);
    return true;
  });
  return taken;
}

void membership_rules::answered(const connect_to& asked, connect_result probe, time now) {
  votes_count_until_ = now + votes_count_for;
  steps_.push_front(vote{asked.node, probe, asked.reason});
}

void membership_rules::answered(const vote& asked, bool dead, time now) {
  if (dead) {
    looks_.erase(asked.node);
    stale_ = true;
  } else if (asked.probe == connect_result::answers) {
    // A process that is being killed closes its links a moment before it stops to listen.
    look_again(asked, now);
  }
}

void membership_rules::look_again(const vote& asked, time now) {
  auto& looks = looks_[asked.node];
  if (looks < looks_max)
    again_[asked.node] = {now + look_pause * (1 << looks++), asked.reason};
  else
    looks_.erase(asked.node);
}

void membership_rules::expire(time now) {
  if (now < expiry_due_)
    return;
  expiry_due_ = now + times_.tick;
  steps_.push_back(expire_others{});
}

void membership_rules::answered(const expire_others&, size_t dead) {
  stale_ = stale_ || dead != 0;
}

/// What changed may have freed a lease.
void membership_rules::read(time /*now*/) {
  if (!std::exchange(stale_, false))
    return;
  steps_.push_back(read_members{});
  orders_due_ = {};
}

void membership_rules::answered(const read_members&, std::shared_ptr<const members> list) {
  members_ = std::move(list);
  seen_version_ = members_->version;
  drained_ = std::any_of(members_->nodes.begin(), members_->nodes.end(), [this](const member& one) {
    return one.id == members_->self && one.state == "draining";
  });
}

void membership_rules::follow_orders(time now) {
  if (!orders_.leases && now < orders_due_)
    return;
  orders_due_ = now + times_.tick;
  steps_.push_back(follow_lease_orders{});
}

void membership_rules::give_back(time /*now*/) {
  if (drained_ && !orders_.draining)
    steps_.push_back(give_leases_back{});
}

milliseconds membership_rules::connection_lost() {
  steps_.clear();
  rule_ = 0;
  return between_tries.delay(tries_++, random_);
}

void membership_rules::connected() noexcept {
  tries_ = 0;
  stale_ = true;
  renewal_due_ = {};
}

} // namespace nova::cluster
