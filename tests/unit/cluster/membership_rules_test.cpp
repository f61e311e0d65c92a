#include "cluster/membership_rules.hpp"

#include "tests/unit/cluster/hand_driven_member.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

using namespace nova;
using namespace std::chrono_literals;
using cluster::connect_result;
using std::chrono::milliseconds;
using test::hand_driven_member;

namespace {

// What a round does at a tick when nothing happened.
const std::string at_a_tick = "renew, held, expire, orders";

/// A member that has read the list.
struct settled_member : hand_driven_member {
  settled_member() {
    settle();
  }
};

} // namespace

BOOST_AUTO_TEST_SUITE(membership_rules_test)

BOOST_AUTO_TEST_CASE(a_round_renews_first_then_judges_then_reads_then_sees_to_leases) {
  hand_driven_member a;
  a.rules.answered(cluster::read_members{}, std::make_shared<const cluster::members>(a.list));
  a.row->state = "degraded";
  a.list.nodes.front().state = "draining";
  a.said.leases = true;
  a.suspect(2);

  BOOST_TEST((a.wait() == 0ms));
  BOOST_TEST(a.round() == "renew, up, held, connect 2, vote 2, expire, read, orders, give back");
}

BOOST_FIXTURE_TEST_CASE(a_lease_is_renewed_at_each_tick_and_not_between, settled_member) {
  BOOST_TEST((wait() == tick));
  BOOST_TEST(round() == "");

  advance(tick - 1ms);
  BOOST_TEST((wait() == 1ms));
  BOOST_TEST(round() == "");

  advance(1ms);
  BOOST_TEST((wait() == 0ms));
  BOOST_TEST(round() == at_a_tick);
  BOOST_TEST((wait() == tick));
}

BOOST_FIXTURE_TEST_CASE(a_renewal_slower_than_a_tick_is_sent_once_a_round, settled_member) {
  advance(tick);
  renewal_takes = 2 * tick;

  BOOST_TEST(round() == at_a_tick);
  BOOST_TEST((wait() == 0ms));
}

BOOST_FIXTURE_TEST_CASE(trust_counts_from_when_the_renewal_was_sent, settled_member) {
  advance(tick);
  auto sent = now;
  renewal_takes = 2s;

  round();

  BOOST_TEST((rules.trusted_until() == sent + lease - margin));
  // And so does the next renewal.
  BOOST_TEST((wait() == 0ms));
}

BOOST_AUTO_TEST_CASE(who_joined_is_trusted_from_when_its_registration_was_sent) {
  hand_driven_member a;

  BOOST_TEST((a.rules.trusted_until() == a.now + a.lease - a.margin));
}

BOOST_FIXTURE_TEST_CASE(an_answer_that_is_lost_leaves_the_trust_as_it_was, settled_member) {
  auto until = rules.trusted_until();
  advance(tick);

  auto step = rules.next(now, hand_over());
  BOOST_REQUIRE((step && std::holds_alternative<cluster::renew_lease>(*step)));
  (void)rules.connection_lost();

  BOOST_TEST((rules.trusted_until() == until));
}

BOOST_FIXTURE_TEST_CASE(who_finds_no_row_ends_the_process_and_does_nothing_more, settled_member) {
  advance(tick);
  suspect(2);
  said.draining = true;
  said.leases = true;
  rules.noticed("nova_cluster");
  row.reset();

  BOOST_TEST(round() == "renew, end");
  BOOST_TEST((rules.trusted_until() == base::monotonic_time{}));

  advance(tick);
  BOOST_TEST(round() == "");
}

BOOST_FIXTURE_TEST_CASE(that_it_drains_is_said_until_the_row_says_it, settled_member) {
  said.draining = true;
  actors_run = false; // which is nobody's concern any more

  advance(canary_limit);
  BOOST_TEST(round() == "renew, draining, held, expire, orders");

  row->state = "draining";
  advance(tick);
  BOOST_TEST(round() == at_a_tick);
}

BOOST_FIXTURE_TEST_CASE(who_is_drained_otherwise_does_not_become_up_or_degraded, settled_member) {
  row->state = "draining";
  advance(tick);
  BOOST_TEST(round() == at_a_tick);

  actors_run = false;
  advance(canary_limit);
  BOOST_TEST(round() == at_a_tick);
}

BOOST_FIXTURE_TEST_CASE(a_node_whose_actors_stand_still_is_degraded_until_they_run,
                        settled_member) {
  actors_run = false;
  advance(canary_limit - 1ms);
  BOOST_TEST(round() == at_a_tick);
  advance(tick);
  BOOST_TEST(round() == "renew, degraded, held, expire, orders");

  row->state = "degraded";
  advance(tick);
  BOOST_TEST(round() == at_a_tick);

  actors_run = true;
  advance(tick);
  BOOST_TEST(round() == "renew, up, held, expire, orders");
}

BOOST_FIXTURE_TEST_CASE(a_sign_of_the_actors_that_came_while_a_renewal_hung_counts,
                        settled_member) {
  advance(tick);
  renewal_takes = 2 * canary_limit;

  BOOST_TEST(round() == at_a_tick);
}

BOOST_AUTO_TEST_CASE(without_a_limit_the_actors_are_not_watched) {
  hand_driven_member a{0ms};
  a.settle();
  a.actors_run = false;

  a.advance(1h);

  BOOST_TEST(a.round() == at_a_tick);
}

BOOST_FIXTURE_TEST_CASE(who_is_degraded_for_its_votes_is_up_again_when_they_no_longer_count,
                        settled_member) {
  suspect(2);
  probe = connect_result::silent;
  advance(tick);
  round();
  row->state = "degraded";

  advance(10s);
  BOOST_TEST(round() == at_a_tick);

  advance(tick);
  BOOST_TEST(round() == "renew, up, held, expire, orders");
}

BOOST_FIXTURE_TEST_CASE(a_suspect_is_called_and_voted_on_at_once, settled_member) {
  suspect(3, "a call failed");
  probe = connect_result::refused;

  BOOST_TEST((wait() == 0ms));
  BOOST_TEST(round() == "connect 3, vote 3");
  BOOST_TEST(why == "a call failed");

  BOOST_TEST((wait() == tick));
  BOOST_TEST(round() == "");
}

BOOST_FIXTURE_TEST_CASE(nobody_votes_on_who_is_no_member_or_out_of_reach, settled_member) {
  list.nodes[1].reachable = false;
  rules.noticed("nova_cluster");
  round();

  suspect(2);
  suspect(77);

  BOOST_TEST(round() == "");
  BOOST_TEST((wait() == tick));
}

BOOST_FIXTURE_TEST_CASE(two_suspects_are_probed_a_round_and_the_others_in_the_next,
                        settled_member) {
  probe = connect_result::silent;
  for (int64_t node : {5, 4, 3, 2})
    suspect(node);
  advance(tick);

  BOOST_TEST(round() == "renew, held, connect 2, vote 2, connect 3, vote 3, expire, orders");
  BOOST_TEST((wait() == 0ms));
  BOOST_TEST(round() == "connect 4, vote 4, connect 5, vote 5");
  BOOST_TEST((wait() == tick));
}

BOOST_FIXTURE_TEST_CASE(who_waits_to_be_probed_is_suspected_for_what_was_said_last,
                        settled_member) {
  for (int64_t node : {2, 3, 4})
    suspect(node, "link lost");
  (void)wait();

  suspect(4, "a call failed");
  round();
  round();

  BOOST_TEST(why == "a call failed");
}

BOOST_FIXTURE_TEST_CASE(who_answers_is_looked_at_five_times_more_with_doubled_pauses,
                        settled_member) {
  suspect(2, "link lost");
  BOOST_TEST(round() == "connect 2, vote 2");

  for (auto pause : {50ms, 100ms, 200ms, 400ms, 800ms}) {
    why.clear();
    advance(pause - 1ms);
    round();
    BOOST_TEST(why == "");
    BOOST_TEST((wait() <= 50ms));

    advance(1ms);
    round();
    BOOST_TEST(why == "link lost");
  }

  why.clear();
  advance(1h);
  round();
  BOOST_TEST(why == "");
  BOOST_TEST((wait() == tick));
}

BOOST_FIXTURE_TEST_CASE(after_the_last_look_a_suspicion_begins_again, settled_member) {
  suspect(2);
  round();
  for (int look = 0; look < 5; ++look) {
    advance(800ms);
    round();
  }

  suspect(2);
  BOOST_TEST(round() == "connect 2, vote 2");
  advance(50ms);
  BOOST_TEST(round() == "connect 2, vote 2");
}

BOOST_FIXTURE_TEST_CASE(who_was_declared_dead_is_looked_at_no_more, settled_member) {
  suspect(2);
  round();
  advance(50ms);
  dying.insert(2);

  BOOST_TEST(round() == "connect 2, vote 2, read, orders");
  BOOST_TEST((wait() > 50ms));

  // Its looks are forgotten: whoever is suspected next is looked at after the shortest pause.
  dying.clear();
  suspect(2);
  round();
  advance(50ms);
  BOOST_TEST(round() == "connect 2, vote 2");
}

BOOST_FIXTURE_TEST_CASE(who_refuses_or_is_silent_is_looked_at_once, settled_member) {
  for (auto how : {connect_result::refused, connect_result::silent}) {
    probe = how;
    suspect(2);

    BOOST_TEST(round() == "connect 2, vote 2");
    BOOST_TEST((wait() > 50ms));
    advance(50ms);
    BOOST_TEST(round() == "");
  }
}

BOOST_FIXTURE_TEST_CASE(who_is_suspected_anew_when_a_look_is_due_is_probed_once, settled_member) {
  suspect(2, "link lost");
  round();
  advance(50ms);

  suspect(2, "a call failed");

  BOOST_TEST(round() == "connect 2, vote 2");
  BOOST_TEST(why == "a call failed");
}

BOOST_FIXTURE_TEST_CASE(the_list_is_read_after_a_notification_of_the_cluster_alone,
                        settled_member) {
  rules.noticed("nova_threads");
  BOOST_TEST(round() == "");

  rules.noticed("nova_cluster");
  rules.noticed("nova_settings");
  BOOST_TEST(round() == "read, orders");
  BOOST_TEST(round() == "");
}

BOOST_FIXTURE_TEST_CASE(the_list_is_read_when_a_renewal_finds_another_version, settled_member) {
  row->version = list.version = 2;
  advance(tick);
  BOOST_TEST(round() == "renew, held, expire, read, orders");

  advance(tick);
  BOOST_TEST(round() == at_a_tick);
}

BOOST_FIXTURE_TEST_CASE(the_list_is_read_when_a_lease_ran_out, settled_member) {
  expired = 2;
  advance(tick);

  BOOST_TEST(round() == "renew, held, expire, read, orders");
}

BOOST_FIXTURE_TEST_CASE(orders_for_leases_are_followed_at_once, settled_member) {
  said.leases = true;
  BOOST_TEST((wait() == 0ms));
  BOOST_TEST(round() == "orders");

  said.leases = false;
  BOOST_TEST((wait() == tick));
  // What is wanted and not free is tried again a tick later.
  advance(tick - 1ms);
  BOOST_TEST(round() == "");
}

BOOST_FIXTURE_TEST_CASE(who_is_drained_by_an_operator_gives_its_leases_back, settled_member) {
  list.nodes.front().state = "draining";
  rules.noticed("nova_cluster");
  BOOST_TEST(round() == "read, orders, give back");
  BOOST_TEST(round() == "give back");

  list.nodes.front().state = "up";
  rules.noticed("nova_cluster");
  BOOST_TEST(round() == "read, orders");
}

BOOST_FIXTURE_TEST_CASE(who_drains_by_itself_or_sees_another_drain_keeps_its_leases,
                        settled_member) {
  list.nodes[1].state = "draining";
  rules.noticed("nova_cluster");
  BOOST_TEST(round() == "read, orders");

  said.draining = true;
  list.nodes.front().state = "draining";
  rules.noticed("nova_cluster");
  BOOST_TEST(round() == "read, orders");
}

BOOST_FIXTURE_TEST_CASE(after_an_outage_it_renews_reads_the_list_and_looks_for_leases,
                        settled_member) {
  (void)rules.connection_lost();
  rules.connected();

  BOOST_TEST((wait() == 0ms));
  BOOST_TEST(round() == "renew, held, read, orders");
}

BOOST_FIXTURE_TEST_CASE(what_was_decided_before_an_outage_is_not_done_after_it, settled_member) {
  for (int64_t node : {2, 3, 4})
    suspect(node);
  auto step = rules.next(now, hand_over());
  BOOST_REQUIRE((step && std::holds_alternative<cluster::connect_to>(*step)));
  rules.answered(std::get<cluster::connect_to>(*step), probe, now);

  (void)rules.connection_lost();
  rules.connected();

  // Who was not looked at yet waits on.
  BOOST_TEST(round() == "renew, held, connect 4, vote 4, read, orders");
}

BOOST_AUTO_TEST_CASE(pauses_between_tries_grow_to_a_second_and_begin_anew) {
  hand_driven_member a, b, other{3s, 2};
  milliseconds apart{0};

  for (auto expected : {50ms, 100ms, 200ms, 400ms, 800ms, 1000ms, 1000ms}) {
    auto pause = a.rules.connection_lost();
    BOOST_TEST((pause >= expected * 3 / 4));
    BOOST_TEST((pause <= expected * 5 / 4));
    BOOST_TEST((b.rules.connection_lost() == pause));
    apart += std::chrono::abs(other.rules.connection_lost() - pause);
  }
  BOOST_TEST((apart > 0ms));

  a.rules.connected();
  BOOST_TEST((a.rules.connection_lost() <= 63ms));
}

BOOST_AUTO_TEST_SUITE_END()
