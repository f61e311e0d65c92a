#include "pg/email/add_gap.hpp"
#include "pg/email/begin_discovery.hpp"
#include "pg/email/complete_threads.hpp"
#include "pg/email/discover_again.hpp"
#include "pg/email/excuse_messages.hpp"
#include "pg/email/fail_discovery.hpp"
#include "pg/email/give_up_window.hpp"
#include "pg/email/list_progress.hpp"
#include "pg/email/move_backfill.hpp"
#include "pg/email/open_window.hpp"
#include "pg/email/record_page.hpp"
#include "pg/email/remove_inbox.hpp"
#include "pg/email/restart_window.hpp"
#include "pg/email/resume_backfill.hpp"
#include "pg/email/start_backfill.hpp"
#include "pg/email/tombstone_messages.hpp"
#include "pg/email/try_complete_backfill.hpp"
#include "pg/error.hpp"
#include "tests/unit/pg/backfill_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

using namespace nova;
using test::day;
using test::ids;

namespace {

auto refused_with(const char* sqlstate) {
  return [sqlstate](const pg::error& e) {
    BOOST_TEST_MESSAGE(e.what());
    return e.kind() == pg::failure::refused && e.sqlstate() == sqlstate;
  };
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(email_backfill_test, test::backfill_fixture)

BOOST_AUTO_TEST_CASE(a_backfill_is_refused_with_a_reason_of_its_own) {
  int64_t now = std::stoll(value("select extract(epoch from now())::bigint"));

  BOOST_CHECK_EXCEPTION(
    perform(pg::start_backfill{"00000000-0000-0000-0000-000000000000", now - 10, now}), pg::error,
    refused_with("NV001"));
  BOOST_CHECK_EXCEPTION(perform(pg::start_backfill{inbox, now, now - 10}), pg::error,
                        refused_with("NV002"));
  BOOST_CHECK_EXCEPTION(perform(pg::start_backfill{inbox, now - 400 * day, now}), pg::error,
                        refused_with("NV003"));
  perform(pg::start_backfill{inbox, now - 10, now});
  BOOST_CHECK_EXCEPTION(perform(pg::start_backfill{inbox, now - 10, now}), pg::error,
                        refused_with("NV004"));
  perform(pg::remove_inbox{inbox});
  BOOST_CHECK_EXCEPTION(perform(pg::start_backfill{inbox, now - 10, now}), pg::error,
                        refused_with("NV006"));
}

BOOST_AUTO_TEST_CASE(a_range_is_planned_in_weeks_from_the_newest_which_has_no_end) {
  int64_t now = std::stoll(value("select extract(epoch from now())::bigint"));
  auto config = perform(pg::start_backfill{inbox, now - 30 * day, now}).value;

  auto windows = perform(pg::begin_discovery{config}).windows;

  BOOST_TEST_REQUIRE(windows.size() == 5u);
  BOOST_TEST(windows.front().end == 0);
  BOOST_TEST(windows[1].end == windows.front().start);
  BOOST_TEST(windows.back().start == now - 30 * day);
  for (size_t i = 2; i < windows.size(); ++i)
    BOOST_TEST(windows[i].end == windows[i - 1].start);
  BOOST_TEST(status(config) == "discovering");
  BOOST_TEST(perform(pg::begin_discovery{config}).windows.size() == 5u);
}

BOOST_AUTO_TEST_CASE(a_range_in_the_past_ends_where_it_was_asked_to) {
  int64_t now = std::stoll(value("select extract(epoch from now())::bigint"));
  auto config = perform(pg::start_backfill{inbox, now - 30 * day, now - 10 * day}).value;
  BOOST_TEST(perform(pg::begin_discovery{config}).windows.front().end == now - 10 * day);
}

BOOST_AUTO_TEST_CASE(after_the_range_two_passes_list_what_came_meanwhile) {
  int64_t now = std::stoll(value("select extract(epoch from now())::bigint"));
  auto config = perform(pg::start_backfill{inbox, now - 3600, now}).value;
  for (int pass = 0; pass < 3; ++pass) {
    BOOST_TEST(status(config) == (pass == 0 ? "pending" : "discovering"));
    auto window = claimed_window(config);
    BOOST_TEST(window.end == 0);
    if (pass > 0)
      BOOST_TEST(std::abs(window.start - (now - 300)) <= 5);
    auto recorded = perform(pg::record_page{config, window, {}, false, ""});
    BOOST_TEST(recorded.discovery_done == (pass == 2));
  }
  BOOST_TEST(status(config) == "thread_sync");
}

BOOST_AUTO_TEST_CASE(a_pass_that_took_long_is_followed_by_another) {
  int64_t now = std::stoll(value("select extract(epoch from now())::bigint"));
  auto config = perform(pg::start_backfill{inbox, now - 3600, now}).value;
  for (int pass = 0; pass < 2; ++pass)
    perform(pg::record_page{config, claimed_window(config), {}, false, ""});
  auto third = claimed_window(config);
  conn.run(
    "update public.backfill_windows set began_at = began_at - interval '6 minutes' where pass = 2");
  BOOST_TEST(!perform(pg::record_page{config, third, {}, false, ""}).discovery_done);
  BOOST_TEST(perform(pg::begin_discovery{config}).windows.at(0).start <= now - 600);
}

BOOST_AUTO_TEST_CASE(the_last_page_of_the_last_window_moves_on_in_the_same_step) {
  auto config = discovering_backfill();
  auto window = claimed_window(config);

  auto first = perform(pg::record_page{config, window, {{"t1", 100}, {"t2", 200}}, false, "next"});
  BOOST_TEST(first.to_sync == 2u);
  BOOST_TEST(!first.discovery_done);
  BOOST_TEST(first.running);
  BOOST_TEST(status(config) == "discovering");
  BOOST_TEST(
    value("select backfill_progress->'checkpoint'->>'cursor' from flux_inbox_configurations")
    == "next");

  window = claimed_window(config);
  BOOST_TEST(window.cursor == "next");
  auto last =
    perform(pg::record_page{config, window, {{"t2", 200}, {"t3", 300}, {"t3", 300}}, false, ""});

  BOOST_TEST(last.to_sync == 1u);
  BOOST_TEST(last.discovery_done);
  BOOST_TEST(status(config) == "thread_sync");
  BOOST_TEST(counts(config) == "3|0|0|0");
}

BOOST_AUTO_TEST_CASE(a_page_that_was_recorded_is_refused_the_second_time) {
  auto config = discovering_backfill();
  auto window = claimed_window(config);
  perform(pg::record_page{config, window, {{"t1", 100}}, false, "next"});

  BOOST_CHECK_EXCEPTION(perform(pg::record_page{config, window, {{"t1", 100}}, false, "next"}),
                        pg::error, refused_with("NV009"));
}

BOOST_AUTO_TEST_CASE(who_claimed_a_window_earlier_changes_nothing) {
  auto config = discovering_backfill();
  auto earlier = claimed_window(config);
  auto later = claimed_window(config);

  BOOST_CHECK_EXCEPTION(perform(pg::record_page{config, earlier, {{"t1", 100}}, false, ""}),
                        pg::error, refused_with("NV009"));
  BOOST_CHECK_EXCEPTION(perform(pg::restart_window{config, earlier}), pg::error,
                        refused_with("NV009"));
  BOOST_CHECK_EXCEPTION(perform(pg::give_up_window{config, earlier, "cursor", "no"}), pg::error,
                        refused_with("NV009"));
  BOOST_CHECK_EXCEPTION(perform(pg::open_window{config, earlier.id, earlier.token}), pg::error,
                        refused_with("NV009"));
  BOOST_TEST(perform(pg::open_window{config, later.id, later.token}).inbox.value == inbox);
  BOOST_TEST(counts(config) == "0|0|0|0");
}

BOOST_AUTO_TEST_CASE(a_thread_of_which_every_named_message_is_stored_is_completed_with_its_page) {
  auto config = discovering_backfill();
  store({{.id = "a", .thread = "t1"},
         {.id = "b", .thread = "t1"},
         {.id = "c", .thread = "t2"},
         {.id = "d", .thread = "other"},
         {.id = "e", .thread = "t4", .lo = test::open_below}});

  auto recorded = perform(pg::record_page{config,
                                          claimed_window(config),
                                          {{"t1", 100, {{"a"}, {"b"}}},
                                           {"t2", 90, {{"c"}, {"missing"}}},
                                           {"t3", 80, {{"d"}}},
                                           {"t4", 70, {{"e"}}},
                                           {"t5", 60, {}}},
                                          false,
                                          ""});

  // t2 lacks one, t3's is stored in another thread, t4's is known by a notification only, and of t5
  // nobody knows.
  BOOST_TEST(recorded.to_sync == 4u);
  BOOST_TEST(recorded.discovery_done);
  BOOST_TEST(counts(config) == "4|0|1|0");
  BOOST_TEST(value("select thread_id || messages_synced from queued_threads where status = "
                   "'completed'")
             == "t12");
  auto claims = claim(10);
  BOOST_TEST(ids(claims) == (std::vector<std::string>{"t2", "t3", "t4", "t5"}),
             boost::test_tools::per_element());
  BOOST_TEST((claims[0].named == std::vector{message_id{"missing"}}));
  BOOST_TEST(claims[3].named.empty());
}

BOOST_AUTO_TEST_CASE(a_backfill_whose_threads_are_all_stored_completes) {
  auto config = discovering_backfill();
  store({{.id = "a", .thread = "t1"}});
  perform(pg::record_page{config, claimed_window(config), {{"t1", 100, {{"a"}}}}, false, ""});
  BOOST_TEST(perform(pg::try_complete_backfill{config}));
}

BOOST_AUTO_TEST_CASE(a_deleted_message_leaves_its_thread_to_be_synced) {
  auto config = discovering_backfill();
  store({{.id = "a", .thread = "t1"}});
  perform(pg::tombstone_messages{{inbox}, {"a"}, {30}, {40}});
  BOOST_TEST(
    perform(pg::record_page{config, claimed_window(config), {{"t1", 100, {{"a"}}}}, false, ""})
      .to_sync
    == 1u);
}

BOOST_AUTO_TEST_CASE(a_thread_is_not_completed_while_a_message_that_was_named_is_missing) {
  auto config = discovering_backfill();
  perform(
    pg::record_page{config, claimed_window(config), {{"t1", 100, {{"a"}, {"b"}}}}, false, ""});
  store({{.id = "a", .thread = "t1"}});

  auto claims = claim(1);
  BOOST_TEST(perform(pg::complete_threads{claims, {1}}).at(0));
  BOOST_TEST(counts(config) == "1|0|0|0");
  BOOST_TEST(value("select attempts || error_message from queued_threads")
             == "1the provider names messages of it and does not give them: b");

  conn.run("update queued_threads set next_attempt_at = '-infinity'");
  perform(pg::excuse_messages{config, "t1", {{"b"}}, {"404"}});
  claims = claim(1);
  BOOST_TEST(perform(pg::complete_threads{claims, {1}}).at(0));
  BOOST_TEST(counts(config) == "0|0|1|0");
}

BOOST_AUTO_TEST_CASE(an_excused_message_that_is_stored_is_read_again) {
  auto config = discovering_backfill();
  store({{.id = "a", .thread = "t1"}, {.id = "b", .thread = "t1"}});

  perform(pg::excuse_messages{config, "t1", {{"b"}, {"never stored"}}, {"404", "404"}});

  BOOST_TEST(value("select string_agg(nylas_message_id, ',') from flux_email_messages where "
                   "refetch_at is not null")
             == "b");
}

BOOST_AUTO_TEST_CASE(names_that_never_come_fail_the_thread_at_its_last_attempt) {
  auto config = discovering_backfill();
  perform(pg::record_page{config, claimed_window(config), {{"t1", 100, {{"a"}}}}, false, ""});
  for (int attempt = 0; attempt < 5; ++attempt) {
    conn.run("update queued_threads set next_attempt_at = '-infinity'");
    perform(pg::complete_threads{claim(1), {0}});
  }
  BOOST_TEST(counts(config) == "0|0|0|1");
}

BOOST_AUTO_TEST_CASE(a_completed_thread_of_which_more_is_named_is_done_again) {
  auto config = discovering_backfill();
  store({{.id = "a", .thread = "t1"}});
  perform(pg::record_page{config, claimed_window(config), {{"t1", 100, {{"a"}}}}, false, "next"});
  BOOST_TEST(counts(config) == "0|0|1|0");

  auto recorded = perform(
    pg::record_page{config, claimed_window(config), {{"t1", 200, {{"a"}, {"b"}}}}, true, ""});
  BOOST_TEST(recorded.to_sync == 1u);
  BOOST_TEST((claim(1).at(0).named == std::vector{message_id{"b"}}));
}

BOOST_AUTO_TEST_CASE(ids_that_are_compared_add_only_threads_that_lack_something) {
  auto config = discovering_backfill();
  store({{.id = "a", .thread = "t1"}});
  auto recorded = perform(pg::record_page{
    config, claimed_window(config), {{"t1", 100, {{"a"}}}, {"t2", 90, {{"x"}}}}, true, "next"});
  BOOST_TEST(recorded.to_sync == 1u);
  BOOST_TEST(counts(config) == "1|0|0|0");
}

BOOST_AUTO_TEST_CASE(threads_that_only_their_messages_told_of_have_their_row_in_the_end) {
  auto config = discovering_backfill();
  int64_t inside = std::stoll(value("select extract(epoch from now())::bigint")) - 5000;
  store({{.id = "t1", .thread = "t1", .date = inside}, {.id = "b", .thread = "t9", .date = 5}});
  perform(pg::record_page{config, claimed_window(config), {}, false, ""});
  BOOST_TEST(value("select string_agg(thread_id || status || messages_synced, ' ') from "
                   "queued_threads")
             == "t1completed1");
}

BOOST_AUTO_TEST_CASE(a_dead_cursor_costs_its_window_only) {
  auto config = discovering_backfill();
  auto window = claimed_window(config);
  perform(pg::record_page{config, window, {{"t1", 100}}, false, "next"});

  BOOST_TEST(perform(pg::restart_window{config, window}) == 1u);

  window = claimed_window(config);
  BOOST_TEST(window.cursor == "");
  BOOST_TEST(perform(pg::record_page{config, window, {{"t1", 100}, {"t2", 200}}, false, ""}).to_sync
             == 1u);
}

BOOST_AUTO_TEST_CASE(a_window_that_is_given_up_is_a_gap_and_the_backfill_completes) {
  int64_t now = std::stoll(value("select extract(epoch from now())::bigint"));
  auto config = perform(pg::start_backfill{inbox, now - 20 * day, now - 10 * day}).value;
  perform(pg::give_up_window{config, claimed_window(config), "cursor", "it leads nowhere"});
  perform(pg::record_page{config, claimed_window(config), {}, false, ""});
  BOOST_TEST(perform(pg::try_complete_backfill{config}));

  auto progress = perform(pg::list_progress{config}).at(0);
  BOOST_TEST(progress.status == "completed");
  BOOST_TEST(progress.gaps.find("it leads nowhere") != std::string::npos, progress.gaps);
  BOOST_TEST(value("select gaps->0->>'kind' from get_sync_progress('" + config + "'::uuid)")
             == "cursor");
}

BOOST_AUTO_TEST_CASE(a_backfill_of_which_every_window_was_given_up_has_failed) {
  auto config = discovering_backfill();
  perform(pg::give_up_window{config, claimed_window(config), "refused", "400"});
  BOOST_TEST(status(config) == "failed");
}

BOOST_AUTO_TEST_CASE(a_gap_that_is_noted_again_replaces_the_earlier) {
  auto config = discovering_backfill();
  perform(pg::add_gap{config, {"folder", 100, 200, "no", "Junk"}});
  perform(pg::add_gap{config, {"folder", 100, 200, "still no", "Junk"}});
  perform(pg::add_gap{config, {"folder", 100, 0, "no", "Trash"}});
  BOOST_TEST(value("select jsonb_array_length(gaps) || (gaps->0->>'reason') from "
                   "flux_inbox_configurations")
             == "2still no");
}

BOOST_AUTO_TEST_CASE(a_completed_backfill_is_listed_again_when_the_provider_has_more) {
  auto config = backfill_with({});
  BOOST_TEST(perform(pg::try_complete_backfill{config}));
  BOOST_TEST(perform(pg::discover_again{"grant-1", "test", "imap_sync_completed"}));
  BOOST_TEST(status(config) == "discovering");
  BOOST_TEST(perform(pg::begin_discovery{config}).windows.size() == 1u);
  BOOST_TEST(value("select count(*) from pgmq.q_inbox_backfill_jobs") == "2");
  BOOST_TEST(!perform(pg::discover_again{"another", "test", ""}));
}

BOOST_AUTO_TEST_CASE(the_third_failure_of_discovery_ends_it_and_keeps_the_checkpoint) {
  auto config = discovering_backfill();
  perform(pg::record_page{config, claimed_window(config), {{"t1", 100}}, false, "next"});

  BOOST_TEST(!perform(pg::fail_discovery{config, "502"}));
  BOOST_TEST(!perform(pg::fail_discovery{config, "502"}));
  BOOST_TEST(perform(pg::fail_discovery{config, "502 again"}));

  BOOST_TEST(status(config) == "failed");
  BOOST_TEST(value("select error_message from flux_inbox_configurations") == "502 again");
  BOOST_TEST(perform(pg::resume_backfill{config, "test", ""}) == "discovering");
  BOOST_TEST(perform(pg::begin_discovery{config}).windows.at(0).cursor == "next");
  BOOST_TEST(value("select count(*) from pgmq.q_inbox_backfill_jobs") == "2");
}

BOOST_AUTO_TEST_CASE(a_second_backfill_brings_what_the_first_did_not) {
  auto first = backfill_with({"t1", "t2"});
  auto claims = claim(2);
  store({{.thread = "t1", .date = 500}, {.id = "m2", .thread = "t2", .date = 500}});
  perform(pg::complete_threads{claims, {1, 1}});
  BOOST_TEST(perform(pg::try_complete_backfill{first}));

  auto second = discovering_backfill();
  perform(pg::record_page{second,
                          claimed_window(second),
                          {{"t1", 500}, {"t2", 500, {{"m2"}}}, {"t3", 500, {{"x"}}}},
                          false,
                          ""});

  // Of t1 nobody knows whether it is whole; all of t2 is stored.
  BOOST_TEST(ids(claim(10)) == (std::vector<std::string>{"t1", "t3"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(the_machine_refuses_what_is_not_a_move_of_it) {
  auto config = backfill_with({"t1"});

  BOOST_CHECK_EXCEPTION(perform(pg::move_backfill{config, "pending", "test", ""}), pg::error,
                        refused_with("NV007"));
  BOOST_CHECK_EXCEPTION(conn.run("update flux_inbox_configurations set backfill_status = 'idle'"),
                        pg::error, refused_with("NV007"));
  BOOST_CHECK_EXCEPTION(
    perform(pg::move_backfill{"00000000-0000-0000-0000-000000000000", "paused", "test", ""}),
    pg::error, refused_with("NV005"));
  perform(pg::move_backfill{config, "cancelled", "test", "changed my mind"});
  BOOST_CHECK_EXCEPTION(perform(pg::move_backfill{config, "thread_sync", "test", ""}), pg::error,
                        refused_with("NV007"));
  BOOST_TEST(value("select concat_ws('|', from_status, to_status, moved_by, why) from "
                   "sync_transitions order by id desc limit 1")
             == "thread_sync|cancelled|test|changed my mind");
}

BOOST_AUTO_TEST_SUITE_END()
