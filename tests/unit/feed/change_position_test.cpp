#include "feed/change_position.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

using namespace nova;

namespace {

constexpr auto inbox = "00000000-0000-0000-0000-00000000000a";

feed::change_position at(const std::string& rest) {
  auto found = feed::parse_position("1-1-5-0:" + rest);
  BOOST_REQUIRE(found.has_value());
  return *found;
}

const std::string malformed[] = {
  "",
  "start",
  ":::",
  "1:2:3",
  "1:x:0:00000000-0000-0000-0000-00000000000a:",
  "1:5:0:short:",
  "e\x01poch:5:0:00000000-0000-0000-0000-00000000000a:",
  "1:99999999999999999999999:0:00000000-0000-0000-0000-00000000000a:",
  std::string(10'000, '1'),
};

} // namespace

BOOST_AUTO_TEST_SUITE(change_position_test)

BOOST_AUTO_TEST_CASE(a_position_is_taken_apart_also_with_colons_in_its_key) {
  auto found = at(std::string{"77:1:"} + inbox + ":a:b:");

  BOOST_TEST(found.epoch == "1-1-5-0");
  BOOST_TEST(found.transaction == 77u);
  BOOST_TEST(found.kind == 1);
  BOOST_TEST(found.inbox == inbox);
  BOOST_TEST(found.key == "a:b:");
}

BOOST_AUTO_TEST_CASE(one_is_after_another_by_transaction_then_kind_then_inbox_then_key) {
  auto one = at(std::string{"9:2:"} + inbox + ":k");

  BOOST_TEST(at(std::string{"10:1:"} + inbox + ":a").after(one));
  BOOST_TEST(at(std::string{"9:3:"} + inbox + ":a").after(one));
  BOOST_TEST(at(std::string{"9:2:"} + inbox + ":l").after(one));
  BOOST_TEST(!at(std::string{"9:2:"} + inbox + ":k").after(one));
  BOOST_TEST(!at(std::string{"9:1:"} + inbox + ":z").after(one));
}

BOOST_DATA_TEST_CASE(what_is_no_position_is_refused, malformed) {
  BOOST_TEST(!feed::parse_position(sample).has_value());
}

BOOST_AUTO_TEST_SUITE_END()
