#include "cluster/link_report.hpp"

#include "base/utf8.hpp"
#include "tests/unit/cluster/linked_node.hpp"

#include <boost/test/unit_test.hpp>

using namespace nova;
using namespace std::chrono_literals;
using test::eventually;
using test::linked_node;

namespace {

void introduce(linked_node& one, linked_node& two) {
  for (auto* node : {&one, &two})
    node->follow({one.member(), two.member()});
}

/// The reason that the directory has for the one link of a node that cannot be made; empty: none.
std::string why_failing(linked_node& node) {
  std::string why;
  eventually([&] {
    auto all = node.failing();
    why = all.empty() ? "" : all.front().what + ": " + all.front().reason;
    return !why.empty();
  });
  return why;
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

} // namespace

BOOST_AUTO_TEST_SUITE(link_report_test)

BOOST_AUTO_TEST_CASE(a_link_that_is_up_is_reported_by_both_with_its_round_trip_and_bytes) {
  linked_node one{{1}};
  linked_node two{{2}};
  introduce(one, two);

  BOOST_TEST(one.reports(R"("peer":"node-2")"));
  BOOST_TEST(one.reports(R"("state":"up")"));
  BOOST_TEST(two.reports(R"("state":"up")"));
  BOOST_TEST(!has(two.reported(), R"("rtt_ms":0.0,)"), two.reported());
  BOOST_TEST(!has(two.reported(), R"("bytes_in":0)"), two.reported());
}

BOOST_AUTO_TEST_CASE(a_member_of_another_cluster_name_is_a_link_that_fails_for_that_reason) {
  test::linked_node_options other{2};
  other.cluster = "production";
  linked_node one{{1}};
  linked_node two{other};
  introduce(one, two);

  BOOST_TEST(why_failing(two) == "link to node-1: it refuses: it is of the cluster production");
  BOOST_TEST(two.reports(R"("state":"calling")"));
  BOOST_TEST(two.reports("it is of the cluster production"));
  BOOST_TEST(one.reports(R"("state":"awaited")"));
}

BOOST_AUTO_TEST_CASE(another_secret_is_named_as_what_is_most_likely) {
  test::linked_node_options other{2};
  other.secret = "of another cluster, it may be";
  linked_node one{{1}};
  linked_node two{other};
  introduce(one, two);

  BOOST_TEST(has(why_failing(two), "NOVA_CLUSTER_SECRET"), why_failing(two));
}

BOOST_AUTO_TEST_CASE(what_fails_no_longer_is_forgotten) {
  linked_node one{{1}};
  linked_node two{{2}};
  auto away = one.member();
  away.address = "127.0.0.1:1";
  two.follow({away, two.member()});
  BOOST_TEST(why_failing(two) == "link to node-1: Connection refused");

  two.follow({two.member()});
  introduce(one, two);

  BOOST_TEST(two.reports(R"("state":"up")"));
  BOOST_TEST(two.failing().empty());
}

BOOST_AUTO_TEST_CASE(nodes_without_a_common_protocol_have_no_link_and_that_reason) {
  test::linked_node_options newer{2};
  newer.protocol = newer.protocol_min = 2;
  linked_node one{{1}};
  linked_node two{newer};
  introduce(one, two);

  BOOST_TEST(two.reports(R"("state":"none")"));
  BOOST_TEST(two.reports("it speaks the protocols 1 to 1"));
  BOOST_TEST(two.failing().empty());
}

BOOST_AUTO_TEST_CASE(a_long_reason_is_cut_between_two_characters) {
  cluster::link_row row;
  row.why = std::string(299, 'x') + "\u00e9 is what it says";

  auto report = cluster::report_of({row});

  BOOST_TEST(base::find_invalid_utf8(report) == report.size());
  BOOST_TEST(has(report, R"("why":")" + std::string(299, 'x') + '"'), report);
}

BOOST_AUTO_TEST_SUITE_END()
