#include "actors/discovery.hpp"

#include "tests/unit/actors/provider_fake.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <ostream>

using namespace nova;
using namespace nova::test;

namespace {

constexpr auto by_threads = discovery_strategy::threads;
constexpr auto by_messages = discovery_strategy::messages;

backfill_window window_at(const std::string& cursor) {
  return {1, 1000, 2000, cursor};
}

/// Where a window is, and what is asked for there.
struct place {
  discovery_strategy strategy;
  const char* cursor;
  const char* path;
  const char* token; // empty: the first page
};

std::ostream& operator<<(std::ostream& out, const place& x) {
  return out << (x.strategy == by_threads ? "threads at '" : "messages at '") << x.cursor << "'";
}

const place places[] = {
  {by_threads, "", "/threads?", ""},
  {by_threads, "c1", "/threads?", "c1"},
  // Another node began the window with the other strategy.
  {by_threads, "messages:c1", "/threads?", ""},
  {by_threads, "threads:", "/threads?", ""},
  {by_threads, "threads:c1", "/threads?", "c1"},
  {by_messages, "", "/messages?", ""},
  {by_messages, "messages:c1", "/messages?", "c1"},
  {by_messages, "threads:", "/threads?", ""},
  {by_messages, "threads:c1", "/threads?", "c1"},
  {by_messages, "c1", "/threads?", "c1"},
};

std::string next_after(discovery_strategy strategy, const char* cursor, const char* token) {
  auto page = read_page(strategy, window_at(cursor), a_page("", token));
  BOOST_REQUIRE(page.has_value());
  return page->next_cursor;
}

} // namespace

BOOST_AUTO_TEST_SUITE(discovery_test)

BOOST_DATA_TEST_CASE(the_cursor_says_what_is_listed_next, boost::unit_test::data::make(places),
                     row) {
  auto target = page_request(row.strategy, grant_id{"g1"}, window_at(row.cursor), 50).target;
  BOOST_TEST(target.find(row.path) != std::string::npos, target);
  auto token = "page_token=" + std::string{row.token};
  BOOST_TEST((target.find(*row.token ? token : "page_token") != std::string::npos)
               == (*row.token != 0),
             target);
}

BOOST_AUTO_TEST_CASE(threads_alone_keep_the_providers_cursor) {
  BOOST_TEST(next_after(by_threads, "", "c1") == "c1");
  BOOST_TEST(next_after(by_threads, "c1", "") == "");
}

BOOST_AUTO_TEST_CASE(after_the_last_page_of_messages_come_threads_and_then_the_end) {
  BOOST_TEST(next_after(by_messages, "", "c1") == "messages:c1");
  BOOST_TEST(next_after(by_messages, "messages:c1", "") == "threads:");
  BOOST_TEST(next_after(by_messages, "threads:", "c2") == "threads:c2");
  BOOST_TEST(next_after(by_messages, "threads:c2", "") == "");
}

BOOST_AUTO_TEST_CASE(a_page_of_messages_leaves_drafts_out) {
  auto page =
    read_page(by_messages, window_at(""), a_page(a_message("m1") + ',' + a_message("d1", "draft")));
  BOOST_REQUIRE(page.has_value());
  BOOST_REQUIRE(page->messages.size() == 1u);
  BOOST_TEST(page->messages[0].id == "m1");
}

BOOST_AUTO_TEST_CASE(a_page_of_threads_names_the_messages_of_each) {
  auto page = read_page(by_messages, window_at("threads:"),
                        a_page(R"({"id":"t1","grant_id":"g1","message_ids":["a","b"]},
                                  {"id":"t2","grant_id":"g1","message_ids":[]})"));
  BOOST_REQUIRE(page.has_value());
  BOOST_REQUIRE(page->thread_messages.size() == 2u);
  BOOST_TEST(page->thread_messages[0].size() == 2u);
  BOOST_TEST(page->thread_messages[0][1].value == "b");
  BOOST_TEST(page->thread_messages[1].empty());
}

BOOST_AUTO_TEST_CASE(what_is_no_page_is_refused) {
  BOOST_TEST(!read_page(by_messages, window_at(""), "<html>").has_value());
  BOOST_TEST(!read_page(by_threads, window_at(""), "<html>").has_value());
}

BOOST_AUTO_TEST_SUITE_END()
