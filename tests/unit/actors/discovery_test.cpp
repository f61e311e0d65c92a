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
constexpr int64_t day = 24 * 3600;

backfill_window window_at(int64_t start = 1000, int64_t end = 2000) {
  return {1, start, end, ""};
}

std::string target_at(discovery_strategy strategy, const std::string& cursor,
                      const backfill_window& window = window_at(),
                      const std::string& provider = {}) {
  return page_request({grant_id{"g1"}, provider}, window, read_cursor(strategy, cursor), 50).target;
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
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
  {by_threads, "threads+:c1", "/threads?", "c1"},
  {by_threads, "check:c1", "select=id", "c1"},
  // Another node lists the window with the other strategy: this one goes on.
  {by_threads, "messages:c1", "/messages?", "c1"},
  {by_messages, "", "/messages?", ""},
  {by_messages, "messages:c1", "/messages?", "c1"},
  {by_messages, "threads:", "/threads?", ""},
  {by_messages, "threads:c1", "/threads?", "c1"},
  {by_messages, "folders:5:INBOX:c1", "in=INBOX", "c1"},
  {by_messages, "folders+:5:a:b:c:", "in=a%3Ab%3Ac", ""},
  // Not understood: from the beginning.
  {by_messages, "c1", "/messages?", ""},
  {by_messages, "folders:9:INBOX:", "/messages?", ""},
};

/// Every place of a window whose lists have that many pages, in order.
std::string steps(window_kind kind, int pages, const std::vector<std::string>& folders = {}) {
  std::string all;
  std::string cursor;
  for (int i = 0; i < 20; ++i) {
    auto place = read_cursor(kind.strategy, cursor);
    for (int page = 1; page <= pages; ++page) {
      place.page_token = page == 1 ? "" : "c" + std::to_string(page);
      if (place.step == listing_step::folders)
        place.folder = folder_at(place, folders);
    }
    all += to_cursor(place) + ' ';
    cursor = cursor_after(kind, place, folders);
    if (cursor.empty())
      return all;
  }
  return all + "…";
}

} // namespace

BOOST_AUTO_TEST_SUITE(discovery_test)

BOOST_DATA_TEST_CASE(the_cursor_says_what_is_listed_next, boost::unit_test::data::make(places),
                     row) {
  auto target = target_at(row.strategy, row.cursor);
  BOOST_TEST(has(target, row.path), target);
  auto token = "page_token=" + std::string{row.token};
  BOOST_TEST(has(target, *row.token ? token : "page_token") == (*row.token != 0), target);
}

BOOST_AUTO_TEST_CASE(a_cursor_is_read_as_it_was_written) {
  listing_place place{listing_step::folders, true, "a:3:b+", "messages:x"};
  auto read = read_cursor(by_messages, to_cursor(place));
  BOOST_TEST((read.step == place.step));
  BOOST_TEST(read.check);
  BOOST_TEST(read.folder == place.folder);
  BOOST_TEST(read.page_token == place.page_token);
}

BOOST_AUTO_TEST_CASE(messages_come_before_threads) {
  BOOST_TEST(steps({by_messages, "microsoft", false}, 1) == "messages: threads: ");
}

BOOST_AUTO_TEST_CASE(messages_of_many_pages_are_compared_by_id_in_the_end) {
  BOOST_TEST(steps({by_messages, "microsoft", false}, 2) == "messages:c2 threads+:c2 check:c2 ");
}

BOOST_AUTO_TEST_CASE(googles_cursors_do_not_shift_and_threads_and_ids_cost_as_much_as_mail_there) {
  BOOST_TEST(steps({by_messages, "google", false}, 2) == "messages:c2 ");
}

BOOST_AUTO_TEST_CASE(where_its_list_of_messages_stops_at_one_threads_and_ids_are_listed_there_too) {
  listing_place stopped{listing_step::messages, true, "", "c2"};
  BOOST_TEST(cursor_after({by_messages, "google", false}, stopped, {}) == "threads+:");
}

BOOST_AUTO_TEST_CASE(where_each_message_is_billed_pages_are_smaller) {
  BOOST_TEST(messages_page_max("google") == 100);
  BOOST_TEST(messages_page_max("microsoft") == 200);
}

BOOST_AUTO_TEST_CASE(threads_are_always_compared_with_all_ids) {
  BOOST_TEST(steps({by_threads, "google", false}, 1) == "threads+: check: ");
}

BOOST_AUTO_TEST_CASE(beyond_the_cache_folders_are_listed_one_by_one) {
  std::vector<std::string> folders{"INBOX", "Sent"};
  BOOST_TEST(steps({by_messages, "imap", true}, 1, folders)
             == "messages: folders:5:INBOX: folders:4:Sent: threads: ");
  BOOST_TEST(steps({by_threads, "imap", true}, 1, folders)
             == "threads+: folders+:5:INBOX: folders+:4:Sent: check: ");
}

BOOST_AUTO_TEST_CASE(the_first_folder_is_found_and_none_after_the_last) {
  std::vector<std::string> folders{"INBOX", "Sent"};
  BOOST_TEST(folder_at(read_cursor(by_messages, "folders:0::"), folders) == "INBOX");
  BOOST_TEST(folder_at(read_cursor(by_messages, "folders:5:INBOY:"), folders) == "Sent");
  BOOST_TEST(folder_at(read_cursor(by_messages, "folders:1:T:"), folders).empty());
}

BOOST_AUTO_TEST_CASE(ninety_days_with_a_margin_are_in_the_cache) {
  constexpr int64_t now = 1000 * day;
  BOOST_TEST(reaches_beyond_cache("imap", window_at(now - 90 * day, now - 83 * day), now));
  BOOST_TEST(reaches_beyond_cache("yahoo", window_at(now - 300 * day, 0), now));
  BOOST_TEST(!reaches_beyond_cache("icloud", window_at(now - 80 * day, now), now));
  BOOST_TEST(!reaches_beyond_cache("google", window_at(now - 300 * day, now), now));
}

BOOST_AUTO_TEST_CASE(a_window_to_the_present_has_no_upper_bound) {
  for (const auto* cursor : {"messages:", "threads:", "check:"}) {
    auto target = target_at(by_messages, cursor, window_at(1000, 0));
    BOOST_TEST(!has(target, "before"), target);
    BOOST_TEST(has(target, "after=880"), target);
  }
}

BOOST_AUTO_TEST_CASE(windows_overlap_because_the_providers_seconds_are_not_ours) {
  BOOST_TEST(has(target_at(by_threads, ""), "latest_message_after=880"));
  BOOST_TEST(has(target_at(by_threads, ""), "latest_message_before=2120"));
  BOOST_TEST(has(target_at(by_messages, ""), "received_after=880"));
}

BOOST_AUTO_TEST_CASE(mail_beyond_the_cache_is_asked_of_the_server_itself) {
  auto target = target_at(by_messages, "folders:5:INBOX:");
  BOOST_TEST(has(target, "query_imap=true"), target);
  BOOST_TEST(has(target, "received_after=880"), target);
}

BOOST_AUTO_TEST_CASE(message_ids_are_asked_for_with_whole_messages_where_a_move_changes_ids) {
  constexpr auto headers = "fields=include_basic_headers";
  BOOST_TEST(has(target_at(by_messages, "", window_at(), "microsoft"), headers));
  for (const auto* cursor : {"threads:", "check:"})
    BOOST_TEST(!has(target_at(by_messages, cursor, window_at(), "microsoft"), headers), cursor);
  BOOST_TEST(!has(target_at(by_messages, "", window_at(), "google"), headers));
  BOOST_TEST(has(whole_page_request({grant_id{"g1"}, "ews"}, window_at(), {}, 50).target, headers));
}

BOOST_AUTO_TEST_CASE(a_page_of_messages_leaves_drafts_out) {
  auto page =
    read_page(listing_step::messages, a_page(a_message("m1") + ',' + a_message("d1", "draft")));
  BOOST_REQUIRE(page.has_value());
  BOOST_REQUIRE(page->messages.size() == 1u);
  BOOST_TEST(page->messages[0].id.value == "m1");
  BOOST_TEST(page->keys.size() == 2u);
}

BOOST_AUTO_TEST_CASE(a_page_of_threads_names_the_messages_of_each) {
  auto page =
    read_page(listing_step::threads, a_page(R"({"id":"t1","grant_id":"g1","message_ids":["a","b"]},
                                  {"id":"t2","grant_id":"g1","message_ids":[]})"));
  BOOST_REQUIRE(page.has_value());
  BOOST_REQUIRE(page->threads.size() == 2u);
  BOOST_TEST(page->threads[0].messages.size() == 2u);
  BOOST_TEST(page->threads[0].messages[1].value == "b");
  BOOST_TEST(page->threads[1].messages.empty());
}

BOOST_AUTO_TEST_CASE(a_page_of_ids_is_read_as_threads_and_says_what_has_none) {
  auto page = read_page(listing_step::check,
                        a_page(R"({"id":"a","thread_id":"t1","date":5},{"id":"b","thread_id":"t2"},
                                  {"id":"c","thread_id":"t1","date":9},{"id":"d"})"));
  BOOST_REQUIRE(page.has_value());
  BOOST_REQUIRE(page->threads.size() == 2u);
  BOOST_TEST(page->threads[0].id.value == "t1");
  BOOST_TEST(page->threads[0].messages.size() == 2u);
  BOOST_TEST(page->threads[0].latest_message_at == 9);
  BOOST_TEST(page->threadless);
  BOOST_TEST(page->messages.empty());
}

BOOST_AUTO_TEST_CASE(of_the_whole_page_only_messages_without_a_thread_are_taken) {
  auto read =
    read_threadless(a_page(R"({"id":"a","thread_id":"t1"},{"id":"d","object":"message"})"));
  BOOST_REQUIRE(read.has_value());
  BOOST_REQUIRE(read->size() == 1u);
  BOOST_TEST(read->at(0).id.value == "d");
}

BOOST_AUTO_TEST_CASE(what_is_no_page_is_refused) {
  for (auto step : {listing_step::messages, listing_step::threads, listing_step::check})
    BOOST_TEST(!read_page(step, "<html>").has_value());
}

BOOST_AUTO_TEST_SUITE_END()
