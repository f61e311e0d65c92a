#include "actors/window_lister.hpp"

#include "tests/unit/actors/window_lister_fixture.hpp"

#include <boost/test/unit_test.hpp>

using namespace nova;
using namespace nova::test;
using namespace std::chrono_literals;

BOOST_FIXTURE_TEST_SUITE(window_lister_test, window_lister_fixture)

BOOST_AUTO_TEST_CASE(every_page_is_recorded_with_its_cursor) {
  answers({an_answer(200, a_page(a_thread("t1") + ',' + a_thread("t2"), "c1")),
           an_answer(200, a_page(a_thread("t3"))), an_answer(200, a_page(a_message("m1")))});
  start();

  BOOST_REQUIRE(database.asked<pg::record_page>().size() == 3u);
  BOOST_TEST(database.asked<pg::record_page>()[0].threads.size() == 2u);
  BOOST_TEST(database.asked<pg::record_page>()[0].window.token == 3);
  BOOST_TEST(database.asked<pg::record_page>()[0].next_cursor == "threads+:c1");
  BOOST_TEST(!database.asked<pg::record_page>()[0].days.counted);
  BOOST_TEST(database.asked<pg::record_page>()[1].window.cursor == "threads+:c1");
  BOOST_TEST(database.asked<pg::record_page>()[1].next_cursor == "check:");
  BOOST_TEST(!database.asked<pg::record_page>()[1].check);
  BOOST_TEST(database.asked<pg::record_page>()[2].check);
  BOOST_TEST(database.asked<pg::record_page>()[2].next_cursor == "");
  BOOST_TEST(wakeups == 3);
  BOOST_TEST(gone);
  BOOST_TEST(ended_with == "normal");
}

BOOST_AUTO_TEST_CASE(ids_that_a_thread_has_named_are_not_compared_again) {
  answers({an_answer(200, a_page(R"({"id":"t1","message_ids":["m1","m2"]})")),
           an_answer(200, a_page(R"({"id":"m1","thread_id":"t1"},{"id":"m2","thread_id":"t2"},)"
                                 R"({"id":"m3","thread_id":"t1"})"))});
  start();
  BOOST_REQUIRE(database.asked<pg::record_page>().size() == 2u);
  const auto compared = database.asked<pg::record_page>()[1].threads;
  BOOST_REQUIRE(compared.size() == 2u);
  BOOST_TEST(compared[0].id.value == "t1");
  BOOST_REQUIRE(compared[0].messages.size() == 1u);
  BOOST_TEST(compared[0].messages[0].value == "m3");
  BOOST_TEST(compared[1].id.value == "t2"); // where it was not named
}

BOOST_AUTO_TEST_CASE(a_page_that_was_not_recorded_is_read_again) {
  answer = [this](const call_grant& call) -> caf::result<api_answered> {
    database.away = calls.size() <= 2;
    auto first = call.call.target.find("page_token") == std::string::npos;
    return an_answer(200, first ? a_page(a_thread("t1"), "c1") : a_page(""));
  };
  start();
  BOOST_TEST(database.asked<pg::record_page>().size() == 1u);
  BOOST_TEST(calls.size() == 2u);
  wait_long();
  BOOST_TEST(!asks_for(2, "page_token"));
  BOOST_TEST(database.asked<pg::record_page>()[1].window.cursor == "");
  BOOST_TEST(ended_with == "normal");
}

BOOST_AUTO_TEST_CASE(the_next_page_is_read_while_one_is_written_and_waits_for_its_turn) {
  store_away = true;
  by_messages();
  answers({an_answer(200, a_page(a_message("m1"), "c1")), an_answer(200, a_page(a_message("m2")))});
  start();
  BOOST_TEST(asks_for(1, "page_token=c1"));
  BOOST_TEST(database.asked<pg::record_page>().empty());

  store_away = false;
  answers({an_answer(200, a_page(a_message("m1"), "c1")), an_answer(200, a_page(a_message("m2")))});
  wait_long();
  BOOST_REQUIRE(database.asked<pg::record_page>().size() == 2u);
  BOOST_TEST(database.asked<pg::record_page>()[0].window.cursor == "");
  BOOST_TEST(database.asked<pg::record_page>()[1].window.cursor == "messages:c1");
  BOOST_TEST(database.asked<pg::record_page>()[1].next_cursor == "threads+:");
}

BOOST_AUTO_TEST_CASE(pages_without_threads_share_a_checkpoint) {
  settings.checkpoint_interval = 500ms;
  by_messages();
  answers({an_answer(200, a_page(a_message("m1"), "c1")),
           an_answer(200, a_page(a_message("m2"), "c2")), an_answer(200, a_page(a_message("m3")))});
  start();
  BOOST_TEST(stored.size() == 3u);
  BOOST_REQUIRE(database.asked<pg::record_page>().size() == 1u);
  const auto recorded = database.asked<pg::record_page>()[0];
  BOOST_TEST(recorded.window.cursor == ""); // where the first of them began
  BOOST_TEST(recorded.next_cursor == "threads+:");
  BOOST_TEST(recorded.pages == 3u);
  BOOST_TEST(ended_with == "normal");
}

BOOST_AUTO_TEST_CASE(a_checkpoint_does_not_wait_longer_than_its_interval) {
  settings.checkpoint_interval = 500ms;
  by_messages();
  answer = [this](const call_grant&) -> caf::result<api_answered> {
    if (calls.size() == 2)
      scheduler().clock().current_time += 500ms; // the page took so long
    return an_answer(200, a_page(a_message("m" + std::to_string(calls.size())),
                                 calls.size() < 3 ? "c" + std::to_string(calls.size()) : ""));
  };
  start();
  BOOST_REQUIRE(database.asked<pg::record_page>().size() == 2u);
  const auto first = database.asked<pg::record_page>()[0];
  const auto second = database.asked<pg::record_page>()[1];
  BOOST_TEST(first.pages + second.pages == 3u);
  BOOST_TEST(second.window.cursor == first.next_cursor);
}

BOOST_AUTO_TEST_CASE(what_a_checkpoint_lacks_is_not_read_again_after_a_failure) {
  settings.checkpoint_interval = 500ms;
  by_messages();
  caf::typed_response_promise<api_answered> second;
  answer = [&](const call_grant& call) -> caf::result<api_answered> {
    if (call.call.target.empty())
      second.deliver(an_answer(500, "down"));
    if (calls.size() != 2)
      return an_answer(200, a_page(a_message("m" + std::to_string(calls.size())),
                                   calls.size() == 1 ? "c1" : ""));
    second = grants_door->make_response_promise<api_answered>();
    return second;
  };
  start();
  BOOST_TEST(stored.size() == 1u);
  BOOST_TEST(database.asked<pg::record_page>().empty());
  self->send(grants, call_grant{}); // has the second page answered
  wait_long();
  BOOST_TEST(asks_for(3, "page_token=c1"));
  BOOST_REQUIRE(database.asked<pg::record_page>().size() == 1u);
  BOOST_TEST(database.asked<pg::record_page>()[0].pages == 2u);
  BOOST_TEST(ended_with == "normal");
}

BOOST_AUTO_TEST_CASE(it_goes_on_at_the_checkpoint) {
  database.window.window.cursor = "threads+:c7";
  start();
  BOOST_TEST(asks_for(0, "page_token=c7"));
}

BOOST_AUTO_TEST_CASE(
  messages_are_stored_before_their_page_is_a_checkpoint_and_threads_are_another_leg) {
  by_messages();
  answers({an_answer(200, a_page(a_message("m1"), "c1")), an_answer(200, a_page(a_message("m2")))});
  start();
  BOOST_TEST(asks_for(0, "/messages?"));
  BOOST_REQUIRE(stored.size() == 2u);
  BOOST_TEST(stored[0].inbox.value == "i1");
  BOOST_TEST(stored[0].lo == 1000);
  BOOST_REQUIRE(database.asked<pg::record_page>().size() == 2u);
  BOOST_TEST(calls.size() == 2u);
  BOOST_TEST(ended_with == "normal");
}

BOOST_AUTO_TEST_CASE(messages_of_no_thread_are_read_whole) {
  database.window.window.cursor = "check:";
  answers(
    {an_answer(200, a_page(R"({"id":"a","thread_id":"t1"},{"id":"d"})")),
     an_answer(200, a_page(a_message("a") + R"(,{"id":"d","object":"message","body":"b"})"))});
  start();
  BOOST_REQUIRE(calls.size() == 2u);
  BOOST_TEST(asks_for(0, "select=id"));
  BOOST_TEST(!asks_for(1, "select="));
  BOOST_REQUIRE(stored.size() == 1u);
  BOOST_REQUIRE(stored[0].messages.size() == 1u);
  BOOST_TEST(stored[0].messages[0].id.value == "d");
  BOOST_TEST(database.asked<pg::record_page>()[0].threads.size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_stale_cursor_starts_the_window_over_after_a_pause) {
  database.window.window.cursor = "threads+:old";
  answers({an_answer(400, an_error("invalid_request_error", "page_token")),
           an_answer(200, a_page(a_thread("t1")))});
  start();
  BOOST_REQUIRE(database.asked<pg::restart_window>().size() == 1u);
  BOOST_TEST(calls.size() == 1u);
  wait_long();
  BOOST_TEST(!asks_for(1, "page_token"));
  BOOST_TEST(ended_with == "normal");
}

BOOST_AUTO_TEST_CASE(a_token_that_is_refused_each_time_ends_in_a_gap) {
  answer = [](const call_grant& call) -> caf::result<api_answered> {
    if (call.call.target.find("page_token") != std::string::npos)
      return an_answer(400, an_error("invalid_request_error", "page_token"));
    return an_answer(200, a_page(a_thread("t1"), "c1"));
  };
  start();
  wait_long();
  BOOST_REQUIRE(database.asked<pg::give_up_window>().size() == 1u);
  BOOST_TEST(database.asked<pg::give_up_window>()[0].kind == "cursor");
  BOOST_TEST(database.asked<pg::restart_window>().size() == settings.restarts_max + 1);
  BOOST_TEST(ended_with == "normal");
}

BOOST_AUTO_TEST_CASE(a_cursor_that_does_not_advance_ends_in_a_gap) {
  answers({an_answer(200, a_page(a_thread("t1"), "SAME"))});
  start();
  wait_long();
  BOOST_REQUIRE(database.asked<pg::give_up_window>().size() == 1u);
  BOOST_TEST(calls.size() < 30u);
  BOOST_TEST(ended_with == "normal");
}

BOOST_AUTO_TEST_CASE(new_tokens_for_the_same_page_end_in_a_gap) {
  answer = [number = 0](const call_grant&) mutable -> caf::result<api_answered> {
    return an_answer(200, a_page(a_thread("t1"), "c" + std::to_string(++number)));
  };
  start();
  wait_long();
  BOOST_REQUIRE(database.asked<pg::give_up_window>().size() == 1u);
  BOOST_TEST(calls.size() < 60u);
}

BOOST_AUTO_TEST_CASE(a_404_after_a_page_is_the_end_of_the_list) {
  answers({an_answer(200, a_page(a_thread("t1"), "END")),
           an_answer(404, an_error("not_found_error", "no more")), an_answer(200, a_page(""))});
  start();
  BOOST_REQUIRE(database.asked<pg::record_page>().size() == 3u);
  BOOST_TEST(database.asked<pg::record_page>()[1].next_cursor == "check:");
  BOOST_TEST(database.asked<pg::give_up_window>().empty());
  BOOST_TEST(ended_with == "normal");
}

BOOST_AUTO_TEST_CASE(a_window_that_is_refused_is_tried_again_and_then_given_up) {
  answers({an_answer(422, an_error("bad", "no"))});
  start();
  BOOST_TEST(calls.size() == 1u);
  wait_long();
  BOOST_TEST(calls.size() == 3u);
  BOOST_REQUIRE(database.asked<pg::give_up_window>().size() == 1u);
  BOOST_TEST(database.asked<pg::give_up_window>()[0].kind == "refused");
}

BOOST_AUTO_TEST_CASE(beyond_the_cache_each_folder_is_asked_for_and_one_that_fails_is_a_gap) {
  by_messages("imap");
  database.window.window.cursor = "folders:0::";
  answers({an_answer(200, a_page(R"({"id":"B","name":"B"},{"id":"A","name":"A"})")),
           an_answer(400, an_error("invalid_request_error", "cannot open")),
           an_answer(200, a_page(a_message("m1")))});
  start();
  BOOST_REQUIRE(calls.size() == 3u);
  BOOST_TEST(asks_for(0, "/folders"));
  BOOST_TEST(asks_for(1, "in=A"));
  BOOST_TEST(asks_for(2, "in=B"));
  BOOST_REQUIRE(database.asked<pg::add_gap>().size() == 1u);
  BOOST_TEST(database.asked<pg::add_gap>()[0].gap.folder == "A");
  BOOST_TEST(stored.size() == 1u);
  BOOST_TEST(ended_with == "normal");
}

BOOST_AUTO_TEST_CASE(a_message_of_two_folders_beyond_the_cache_is_stored_with_both) {
  by_messages("imap");
  database.window.window.cursor = "folders:0::";
  auto copy_in = [](const std::string& folder) {
    return a_page(R"({"folders":[")" + folder + R"("],)" + (a_message("m1").c_str() + 1));
  };
  answers({an_answer(200, a_page(R"({"id":"B","name":"B"},{"id":"A","name":"A"})")),
           an_answer(200, copy_in("A")), an_answer(200, copy_in("B"))});
  start();
  BOOST_REQUIRE(stored.size() == 2u);
  BOOST_TEST(stored[0].messages.at(0).folders == R"(["A"])");
  BOOST_TEST(stored[1].messages.at(0).folders == R"(["A","B"])");
}

BOOST_AUTO_TEST_CASE(what_cannot_be_read_of_a_page_is_kept_before_its_checkpoint) {
  answers(
    {an_answer(200, R"({"data":[{"id":"t1"},{"subject":"no id"}]})"), an_answer(200, a_page(""))});
  start();
  BOOST_REQUIRE(stored.size() == 1u);
  BOOST_REQUIRE(stored[0].rejects.size() == 1u);
  BOOST_TEST(stored[0].rejects[0].kind == "thread");
  BOOST_TEST(stored[0].rejects[0].raw == R"({"subject":"no id"})");
  BOOST_TEST(database.asked<pg::record_page>()[0].threads.size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_throttle_waits_as_told_and_uses_no_attempt) {
  settings.failures_max = 1;
  auto throttled = an_answer(429, an_error("rate_limit_error", "slow down"));
  throttled.retry_after = "7";
  answers({throttled, throttled, throttled, an_answer(200, a_page(""))});
  start();
  advance(6999ms);
  BOOST_TEST(calls.size() == 1u);
  for (int i = 0; i < 3; ++i)
    advance(7s);
  BOOST_TEST(calls.size() == 5u);
  BOOST_TEST(ended_with == "normal");
}

BOOST_AUTO_TEST_CASE(too_many_failures_in_a_row_end_it_with_the_last) {
  settings.failures_max = 2;
  answers({an_answer(500, "no")});
  start();
  wait_long();
  BOOST_TEST(calls.size() == 3u);
  BOOST_TEST(ended_with.find("provider_transient") == 0u, ended_with);
}

BOOST_AUTO_TEST_CASE(after_a_time_out_it_asks_for_smaller_pages) {
  answers({an_answer(504, an_error("api.timeout", "")), an_answer(200, a_page(""))});
  start();
  wait_long();
  BOOST_TEST(asks_for(0, "limit=50"));
  BOOST_TEST(asks_for(1, "limit=25"));
}

BOOST_AUTO_TEST_CASE(a_page_that_is_too_large_is_asked_for_in_halves) {
  auto too_large = an_answer(200, "");
  too_large.too_large = true;
  answers({too_large, an_answer(200, a_page(""))});
  start();
  wait_long();
  BOOST_TEST(asks_for(1, "limit=25"));
  BOOST_TEST(ended_with == "normal");
}

BOOST_AUTO_TEST_CASE(behind_a_message_that_is_too_large_threads_and_ids_find_the_rest) {
  by_messages();
  database.window.window.cursor = "messages:c3";
  auto too_large = an_answer(200, "");
  too_large.too_large = true;
  answers({too_large});
  start();
  wait_long();
  wait_long();
  BOOST_TEST(asks_for(calls.size() - 1, "limit=1&"));
  BOOST_REQUIRE(database.asked<pg::record_page>().size() == 1u);
  BOOST_TEST(database.asked<pg::record_page>()[0].next_cursor == "threads+:");
  BOOST_TEST(database.asked<pg::record_page>()[0].days.spoiled); // it was not counted
  BOOST_TEST(ended_with == "normal");
}

BOOST_AUTO_TEST_CASE(a_paused_grant_ends_it) {
  refuses(ec::grant_paused);
  start();
  BOOST_TEST(ended_with == "grant_paused");
}

BOOST_AUTO_TEST_CASE(a_paused_backfill_ends_it_after_the_page) {
  database.paused = true;
  answers(
    {an_answer(200, a_page(a_thread("t1"), "c1")), an_answer(200, a_page(a_thread("t2"), "c2"))});
  start();
  BOOST_TEST(database.asked<pg::record_page>().size() == 1u);
  BOOST_TEST(ended_with == "normal");
}

BOOST_AUTO_TEST_CASE(without_a_database_it_cannot_begin) {
  database.away = true;
  start();
  BOOST_TEST(ended_with == "database_unavailable");
}

BOOST_AUTO_TEST_CASE(what_pages_of_mail_show_and_cost_is_noted_with_the_checkpoint) {
  by_messages();
  auto first = an_answer(200, a_page(R"({"id":"m1","thread_id":"t1","date":1900},)"
                                     R"({"id":"m2","thread_id":"t2","date":1700})",
                                     "c1"));
  first.gmail_quota_usage = 45;
  auto second = an_answer(200, a_page(R"({"id":"m3","thread_id":"t1","date":1500})"));
  second.gmail_quota_usage = 25;
  answers({first, second});
  start();
  auto asked = database.asked<pg::record_page>();
  BOOST_REQUIRE(asked.size() == 2u);
  BOOST_TEST(asked[0].listed.messages == 2u);
  BOOST_TEST(asked[0].listed.threads_seen == 2u);
  BOOST_TEST(asked[0].listed.messages_cost == 45);
  BOOST_TEST(asked[0].listed.reached == 1700);
  BOOST_TEST(!asked[0].listed.messages_done);
  BOOST_TEST(asked[1].listed.messages == 1u);
  BOOST_TEST(asked[1].listed.threads_seen == 0u);
  BOOST_TEST(asked[1].listed.messages_cost == 25);
  BOOST_TEST(asked[1].listed.messages_done);
}

BOOST_AUTO_TEST_CASE(where_nothing_is_billed_a_page_costs_the_milliseconds_of_its_call) {
  auto page = an_answer(200, a_page(a_thread("t1")));
  page.started_at = 1'000'000;
  page.answered_at = 1'250'000;
  answers({page, an_answer(200, a_page(""))});
  start();
  auto asked = database.asked<pg::record_page>();
  BOOST_REQUIRE(!asked.empty());
  BOOST_TEST(asked[0].listed.threads == 1u);
  BOOST_TEST(asked[0].listed.threads_cost == 250);
  BOOST_TEST(asked[0].listed.messages == 0u);
}

BOOST_AUTO_TEST_CASE(of_a_list_in_no_order_nobody_knows_what_it_has_reached) {
  by_messages();
  answers({an_answer(200, a_page(R"({"id":"m1","thread_id":"t1","date":1200},)"
                                 R"({"id":"m2","thread_id":"t2","date":1900})",
                                 "c1")),
           an_answer(200, a_page(""))});
  start();
  BOOST_REQUIRE(!database.asked<pg::record_page>().empty());
  BOOST_TEST(database.asked<pg::record_page>()[0].listed.reached == 0);
}

BOOST_AUTO_TEST_CASE(pages_that_share_a_checkpoint_are_counted_together) {
  by_messages();
  settings.checkpoint_interval = 500ms;
  answers({an_answer(200, a_page(a_message("m1"), "c1")),
           an_answer(200, a_page(a_message("m2"), "c2")), an_answer(200, a_page(a_message("m3")))});
  start();
  auto asked = database.asked<pg::record_page>();
  BOOST_REQUIRE(asked.size() == 1u);
  BOOST_TEST(asked[0].listed.messages == 3u);
  BOOST_TEST(asked[0].listed.threads_seen == 1u);
}

BOOST_AUTO_TEST_SUITE_END()
