#include "cluster/links.hpp"

#include "messages/error_code.hpp"
#include "tests/unit/cluster/linked_node.hpp"

#include <boost/test/unit_test.hpp>

using namespace nova;
using namespace std::chrono_literals;
using test::eventually;
using test::linked_node;

namespace {

/// Asks a peer's agent who it is; -1 when it does not answer.
int64_t who_answers(linked_node& from, int64_t node) {
  caf::scoped_actor self{from.system()};
  auto peer = from.board()->find(node);
  if (!peer)
    return -1;
  int64_t status = -1;
  self->request(peer->agent, 10s, inspect_node{})
    .receive([&](const node_inspected& answer) { status = answer.status; },
             [](const caf::error&) {});
  return status;
}

} // namespace

BOOST_AUTO_TEST_SUITE(links_test)

BOOST_AUTO_TEST_CASE(members_of_a_cluster_link_up_and_can_ask_each_other) {
  linked_node one{{1}};
  linked_node two{{2}};
  linked_node three{{3}};
  for (auto* node : {&one, &two, &three})
    node->follow({one.member(), two.member(), three.member()});

  for (auto* node : {&one, &two, &three})
    for (int64_t other : {1, 2, 3})
      if (other != node->id()) {
        BOOST_TEST(node->linked_to(other));
        BOOST_TEST(who_answers(*node, other) == 501);
      }
}

BOOST_AUTO_TEST_CASE(a_lost_link_is_suspicious_and_known_at_once) {
  linked_node one{{1}};
  auto two = std::make_unique<linked_node>(test::linked_node_options{2});
  auto three = std::make_unique<linked_node>(test::linked_node_options{3});
  for (auto* node : {&one, two.get(), three.get()})
    node->follow({one.member(), two->member(), three->member()});
  BOOST_TEST(one.linked_to(2));
  BOOST_TEST(three->linked_to(2));
  BOOST_TEST(one.linked_to(3));

  auto began = std::chrono::steady_clock::now();
  two->stop();

  BOOST_TEST(one.lost(2));
  BOOST_TEST(three->lost(2));
  BOOST_TEST(eventually([&] { return !one.suspicions(2).empty(); }));
  BOOST_TEST(eventually([&] { return !three->suspicions(2).empty(); }));
  auto took = std::chrono::steady_clock::now() - began;
  BOOST_TEST((took < 1s), "without waiting for the heartbeat");
  BOOST_TEST(one.suspicions(2).front() == "link lost: remote_link_unreachable");
  // The younger one calls again, and is refused.
  BOOST_TEST(
    eventually([&] { return three->suspicions(2).back() == "no link: Connection refused"; }));
  BOOST_TEST(one.suspicions(3).empty());
}

BOOST_AUTO_TEST_CASE(a_link_that_breaks_between_two_members_is_made_again) {
  linked_node one{{1}};
  linked_node two{{2}};
  for (auto* node : {&one, &two})
    node->follow({one.member(), two.member()});
  BOOST_TEST(two.linked_to(1));
  BOOST_TEST(one.linked_to(2));

  // Node 1 forgets node 2, which breaks the link, and hears of it again.
  one.follow({one.member()});
  BOOST_TEST(one.lost(2));
  one.follow({one.member(), two.member()});

  BOOST_TEST(one.linked_to(2));
  BOOST_TEST(two.linked_to(1));
  BOOST_TEST(eventually([&] { return who_answers(two, 1) == 501 && who_answers(one, 2) == 501; }));
}

BOOST_AUTO_TEST_CASE(who_stops_being_a_member_loses_its_link) {
  linked_node one{{1}};
  linked_node two{{2}};
  for (auto* node : {&one, &two})
    node->follow({one.member(), two.member()});
  BOOST_TEST(one.linked_to(2));
  BOOST_TEST(two.linked_to(1));

  one.follow({one.member()});

  BOOST_TEST(one.lost(2));
  BOOST_TEST(two.lost(1));
  BOOST_TEST(one.suspicions(2).empty(), "what is known to be gone is not suspected");
}

BOOST_AUTO_TEST_CASE(nodes_without_a_common_protocol_do_not_link) {
  test::linked_node_options newer{2};
  newer.protocol = newer.protocol_min = 2;
  linked_node one{{1}};
  linked_node two{newer};
  linked_node three{{3}};
  for (auto* node : {&one, &two, &three})
    node->follow({one.member(), two.member(), three.member()});

  BOOST_TEST(three.linked_to(1));
  BOOST_TEST(!two.linked_to(1, 300ms));
  BOOST_TEST(!one.board()->find(2).has_value());
  BOOST_TEST(two.suspicions(1).empty());
}

BOOST_AUTO_TEST_CASE(a_node_of_another_cluster_is_refused_though_it_knows_the_secret) {
  test::linked_node_options other{2};
  other.cluster = "production";
  linked_node one{{1}};
  linked_node two{other};
  for (auto* node : {&one, &two})
    node->follow({one.member(), two.member()});

  BOOST_TEST(eventually([&] { return !two.suspicions(1).empty(); }));
  BOOST_TEST(two.suspicions(1).front() == "no link: it refuses: it is of the cluster production");
  BOOST_TEST(!one.board()->find(2).has_value());
}

BOOST_AUTO_TEST_CASE(two_systems_of_one_process_have_different_ids) {
  // CAF's own id is made of the machine and the process and differs in one byte only.
  linked_node one{{1}};
  linked_node two{{2}};
  auto host = [](linked_node& node) { return to_string(node.system().node()).substr(0, 38); };
  BOOST_TEST(host(one) != host(two));
}

BOOST_AUTO_TEST_SUITE_END()
