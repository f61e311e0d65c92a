#include "base/rendezvous.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <map>

using namespace nova;
using base::candidate;
using base::home_of;

namespace {

constexpr int keys = 10'000;

std::vector<candidate> nodes(std::vector<uint32_t> weights) {
  std::vector<candidate> made;
  for (auto weight : weights) {
    auto number = static_cast<int64_t>(made.size() + 1);
    made.push_back({number, "node-" + std::to_string(number), weight});
  }
  return made;
}

std::string key(int number) {
  return "grant-" + std::to_string(number);
}

std::map<int64_t, int> shares(const std::vector<candidate>& among) {
  std::map<int64_t, int> found;
  for (int i = 0; i < keys; ++i)
    ++found[*home_of(key(i), among)];
  return found;
}

} // namespace

BOOST_AUTO_TEST_SUITE(rendezvous_test)

BOOST_AUTO_TEST_CASE(nobody_is_home_without_candidates_of_any_weight) {
  BOOST_TEST(!home_of("a", {}).has_value());
  BOOST_TEST(!home_of("a", nodes({0, 0})).has_value());
}

BOOST_AUTO_TEST_CASE(the_order_of_the_candidates_does_not_matter) {
  auto some = nodes({1, 1, 1, 1});
  for (int i = 0; i < 100; ++i) {
    auto home = home_of(key(i), some);
    std::rotate(some.begin(), some.begin() + 1, some.end());
    BOOST_TEST((home == home_of(key(i), some)));
  }
}

BOOST_AUTO_TEST_CASE(equal_nodes_have_equal_shares) {
  for (auto [node, count] : shares(nodes({1, 1, 1, 1}))) {
    BOOST_TEST(count > keys / 4 * 9 / 10, node);
    BOOST_TEST(count < keys / 4 * 11 / 10, node);
  }
}

BOOST_AUTO_TEST_CASE(shares_follow_the_weights) {
  auto found = shares(nodes({1, 3}));
  BOOST_TEST(found[2] > keys * 72 / 100);
  BOOST_TEST(found[2] < keys * 78 / 100);
}

BOOST_AUTO_TEST_CASE(a_node_that_comes_moves_only_what_it_takes) {
  auto before = nodes({1, 1, 1});
  auto after = nodes({1, 1, 1, 1});
  int moved = 0;
  for (int i = 0; i < keys; ++i) {
    auto old = home_of(key(i), before);
    auto now = home_of(key(i), after);
    if (old == now)
      continue;
    BOOST_REQUIRE(*now == 4);
    ++moved;
  }
  BOOST_TEST(moved > keys / 4 * 9 / 10);
  BOOST_TEST(moved < keys / 4 * 11 / 10);
}

BOOST_AUTO_TEST_CASE(a_node_that_goes_leaves_the_keys_of_the_others_where_they_are) {
  auto all = nodes({1, 1, 1, 1});
  auto fewer = all;
  fewer.erase(fewer.begin() + 1);
  std::map<int64_t, int> heirs;
  for (int i = 0; i < keys; ++i) {
    auto old = *home_of(key(i), all);
    auto now = *home_of(key(i), fewer);
    if (old == 2)
      ++heirs[now];
    else
      BOOST_REQUIRE(old == now);
  }
  BOOST_TEST(heirs.size() == 3u, "all the others inherit");
}

BOOST_AUTO_TEST_CASE(a_node_that_restarts_under_its_name_keeps_its_keys) {
  auto before = nodes({1, 1, 1});
  auto after = before;
  after[0].node = 99;
  for (int i = 0; i < 1000; ++i) {
    auto old = *home_of(key(i), before);
    BOOST_REQUIRE(*home_of(key(i), after) == (old == 1 ? 99 : old));
  }
}

BOOST_AUTO_TEST_CASE(the_numbers_are_for_ever) {
  // Nodes of two versions must agree: a change here is a change of the protocol.
  std::string homes;
  for (int i = 0; i < 20; ++i)
    homes += std::to_string(*home_of(key(i), nodes({1, 1, 2})));
  BOOST_TEST(homes == "33132231312321332211");
}

BOOST_AUTO_TEST_SUITE_END()
