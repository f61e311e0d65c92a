#pragma once

#include "cluster/membership_rules.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <variant>

namespace nova::test {

inline cluster::members five_members() {
  cluster::members list{.version = 1, .self = 1, .nodes = {}};
  for (int64_t id : {1, 2, 3, 4, 5}) {
    cluster::member one;
    one.id = id;
    one.name = "node-" + std::to_string(id);
    one.address = "127.0.0.1:" + std::to_string(8000 + id);
    one.state = "up";
    list.nodes.push_back(one);
  }
  return list;
}

/// The rules of a membership without its thread: a test moves the clock, and each step is answered
/// by what the test sets.
struct hand_driven_member {
  using milliseconds = std::chrono::milliseconds;
  static constexpr milliseconds lease{4000}, tick{500}, margin{1000}, canary_limit{3000};

  explicit hand_driven_member(milliseconds canary = canary_limit, uint64_t seed = 1)
    : rules({lease, tick, margin, canary}, std::mt19937_64{seed}) {
    rules.joined(now);
    said.canary_heard = now;
  }

  /// What the steps of one round were.
  std::string round() {
    std::string steps;
    while (auto step = rules.next(now, hand_over())) {
      steps += (steps.empty() ? "" : ", ");
      steps += std::visit([this](const auto& asked) { return perform(asked); }, *step);
      BOOST_REQUIRE(steps.size() < 1000);
    }
    return steps;
  }

  /// A round that does what is due in the beginning, or at a tick.
  void settle() {
    advance(tick);
    round();
  }

  void advance(milliseconds time) {
    now += time;
    if (actors_run)
      said.canary_heard = now;
  }

  milliseconds wait() {
    return rules.wait(now, hand_over());
  }

  void suspect(int64_t node, const std::string& why = "link lost") {
    said.suspects[node] = why;
  }

  cluster::membership_orders hand_over() {
    auto all = said;
    said.suspects.clear();
    return all;
  }

  std::string perform(const cluster::renew_lease& asked) {
    advance(renewal_takes);
    rules.answered(asked, row);
    return "renew";
  }
  static std::string perform(const cluster::change_state& asked) {
    return asked.state;
  }
  static std::string perform(const cluster::renew_held_leases&) {
    return "held";
  }
  std::string perform(const cluster::connect_to& asked) {
    BOOST_TEST(asked.address == "127.0.0.1:" + std::to_string(8000 + asked.node));
    BOOST_TEST(asked.name == "node-" + std::to_string(asked.node));
    rules.answered(asked, probe, now);
    return "connect " + std::to_string(asked.node);
  }
  std::string perform(const cluster::vote& asked) {
    BOOST_TEST((asked.probe == probe));
    why = asked.reason;
    rules.answered(asked, dying.contains(asked.node), now);
    return "vote " + std::to_string(asked.node);
  }
  std::string perform(const cluster::expire_others& asked) {
    rules.answered(asked, std::exchange(expired, 0));
    return "expire";
  }
  std::string perform(const cluster::read_members& asked) {
    rules.answered(asked, std::make_shared<const cluster::members>(list));
    return "read";
  }
  static std::string perform(const cluster::follow_lease_orders&) {
    return "orders";
  }
  static std::string perform(const cluster::give_leases_back&) {
    return "give back";
  }
  static std::string perform(const cluster::end_process&) {
    return "end";
  }

  base::monotonic_time now{std::chrono::hours{1}};
  cluster::membership_rules rules;
  cluster::membership_orders said;
  bool actors_run = true;
  milliseconds renewal_takes{0};
  std::optional<pg::cluster_view> row{{.state = "up", .version = 1}};
  cluster::connect_result probe = cluster::connect_result::answers;
  std::set<int64_t> dying; // by one vote
  std::string why;         // that was voted with last
  size_t expired = 0;
  cluster::members list = five_members();
};

} // namespace nova::test
