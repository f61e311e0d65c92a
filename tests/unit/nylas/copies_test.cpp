#include "nylas/copies.hpp"

#include "nylas/parse.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

using namespace nova;

namespace {

/// A page of these messages as they are read.
std::vector<email_message> read_page(const std::string& objects) {
  auto page = nylas::parse_message_page(R"({"data":[)" + objects + "]}");
  BOOST_REQUIRE(page);
  return page->items;
}

/// One copy of the message `<s1@x>`.
std::string copy_in(const std::string& folders, int64_t date, const std::string& body) {
  return R"({"id":"<s1@x>","thread_id":"t1","folders":)" + folders + R"(,"date":)"
         + std::to_string(date) + R"(,"body":")" + body + "\"}";
}

} // namespace

BOOST_AUTO_TEST_SUITE(copies_test)

BOOST_AUTO_TEST_CASE(an_id_that_is_twice_in_a_page_is_one_message_in_the_folders_of_both) {
  auto sent = copy_in(R"(["SENT"])", 1700000000, "hello");
  auto came_back = copy_in(R"(["INBOX","SENT"])", 1700000010, "hello list");

  auto page = read_page(sent + R"(,{"id":"m2"},)" + came_back);

  BOOST_TEST_REQUIRE(page.size() == 2u);
  BOOST_TEST(page[0].id.value == "<s1@x>");
  BOOST_TEST(page[0].folders == R"(["INBOX","SENT"])");
  BOOST_TEST(page[0].body == "hello");
  BOOST_TEST(page[0].date.value() == 1700000000);
}

BOOST_AUTO_TEST_CASE(copies_are_one_message_in_whatever_order_they_stand) {
  auto one = copy_in(R"(["SENT"])", 1700000000, "hello");
  auto two = copy_in(R"(["INBOX"])", 1700000010, "hello list");
  auto three = copy_in(R"(["ALL"])", 1700000000, "hello too");
  auto first = read_page(one + "," + two + "," + three).at(0);
  auto second = read_page(three + "," + two + "," + one).at(0);

  BOOST_TEST(first.folders == R"(["ALL","INBOX","SENT"])");
  BOOST_TEST(first.core_hash == second.core_hash);
  BOOST_TEST(first.body == second.body);
  BOOST_TEST(first.folders == second.folders);
}

BOOST_AUTO_TEST_CASE(the_hash_of_copies_is_that_of_no_one_of_them) {
  auto one = copy_in(R"(["SENT"])", 1700000000, "hello");
  auto two = copy_in(R"(["INBOX"])", 1700000010, "hello list");
  auto both = read_page(one + "," + two).at(0).core_hash;

  BOOST_TEST(both != read_page(one).at(0).core_hash);
  BOOST_TEST(both != read_page(two).at(0).core_hash);
  BOOST_TEST(both != read_page(one + "," + copy_in(R"(["OLD"])", 1700000010, "")).at(0).core_hash);
}

BOOST_AUTO_TEST_CASE(what_a_page_shows_twice_as_it_is_stays_as_it_is) {
  auto one = copy_in(R"(["SENT"])", 1700000000, "hello");

  auto page = read_page(one + "," + one);

  BOOST_TEST_REQUIRE(page.size() == 1u);
  BOOST_TEST(page[0].core_hash == read_page(one).at(0).core_hash);
}

BOOST_AUTO_TEST_CASE(what_a_later_page_shows_again_keeps_the_folders_that_it_had) {
  nylas::listed_copies copies;
  auto first = read_page(copy_in(R"(["INBOX"])", 1700000010, "hello list"));
  auto second = read_page(copy_in(R"(["SENT"])", 1700000000, "hello") + R"(,{"id":"m2"})");
  auto again = second;

  copies.unite(first);
  copies.unite(second);
  copies.unite(again);

  BOOST_TEST(first.at(0).folders == R"(["INBOX"])");
  BOOST_TEST(second.at(0).folders == R"(["INBOX","SENT"])");
  BOOST_TEST(second.at(0).body == "hello");
  BOOST_TEST(second.at(1).folders == "[]");
  BOOST_TEST(again.at(0).core_hash == second.at(0).core_hash);
}

BOOST_AUTO_TEST_CASE(copies_of_two_pages_are_what_they_are_in_one) {
  auto newer = copy_in(R"(["INBOX"])", 1700000010, "hello list");
  auto older = copy_in(R"(["SENT"])", 1700000000, "hello");
  nylas::listed_copies copies;
  auto first = read_page(newer);
  auto second = read_page(older);

  copies.unite(first);
  copies.unite(second);

  BOOST_TEST(second.at(0).core_hash == read_page(newer + "," + older).at(0).core_hash);
}

BOOST_AUTO_TEST_SUITE_END()
