#include "pg/email/accept_thread_jobs.hpp"
#include "pg/email/add_gap.hpp"
#include "pg/email/add_inbox.hpp"
#include "pg/email/begin_discovery.hpp"
#include "pg/email/claim_threads.hpp"
#include "pg/email/complete_threads.hpp"
#include "pg/email/discover_again.hpp"
#include "pg/email/excuse_messages.hpp"
#include "pg/email/fail_discovery.hpp"
#include "pg/email/fail_threads.hpp"
#include "pg/email/failed_threads.hpp"
#include "pg/email/give_up_window.hpp"
#include "pg/email/list_progress.hpp"
#include "pg/email/move_backfill.hpp"
#include "pg/email/open_window.hpp"
#include "pg/email/record_page.hpp"
#include "pg/email/recover_premature_completions.hpp"
#include "pg/email/refresh_progress.hpp"
#include "pg/email/release_expired_threads.hpp"
#include "pg/email/release_threads.hpp"
#include "pg/email/remove_inbox.hpp"
#include "pg/email/restart_window.hpp"
#include "pg/email/resume_backfill.hpp"
#include "pg/email/retry_failed_threads.hpp"
#include "pg/email/revisit_threads.hpp"
#include "pg/email/set_inbox_status.hpp"
#include "pg/email/start_backfill.hpp"
#include "pg/email/try_complete_backfill.hpp"
#include "pg/error.hpp"
#include "tests/unit/pg/backfill_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <future>
#include <map>

using namespace nova;

namespace {

auto refused_with(const char* sqlstate) {
  return [sqlstate](const pg::error& e) {
    BOOST_TEST_MESSAGE(e.what());
    return e.kind() == pg::failure::refused && e.sqlstate() == sqlstate;
  };
}

constexpr int64_t day = 86'400;

std::vector<std::string> ids(const std::vector<thread_claim>& claims) {
  std::vector<std::string> all;
  all.reserve(claims.size());
  for (const auto& claim : claims)
    all.push_back(claim.thread.value);
  return all;
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
  pg::tombstone_messages(conn, {inbox}, {"a"}, {30}, {40});
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
  store({{.id = "a", .thread = "t1", .date = inside}, {.id = "b", .thread = "t9", .date = 5}});
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

BOOST_AUTO_TEST_CASE(threads_are_claimed_newest_first_and_once) {
  auto config = discovering_backfill();
  perform(pg::record_page{
    config, claimed_window(config), {{"old", 100}, {"new", 300}, {"middle", 200}}, false, ""});

  BOOST_TEST(ids(claim(2)) == (std::vector<std::string>{"new", "middle"}),
             boost::test_tools::per_element());
  BOOST_TEST(ids(claim(2)) == std::vector<std::string>{"old"}, boost::test_tools::per_element());
  BOOST_TEST(claim(2).empty());
  BOOST_TEST(counts(config) == "0|3|0|0");
}

BOOST_AUTO_TEST_CASE(claims_are_fair_between_inboxes) {
  auto many = numbered("big", 100);
  auto big = backfill_with(many);
  inbox = perform(pg::add_inbox{"small@example.com", "grant-2", "google"}).id.value;
  backfill_with({"s1", "s2", "s3"});

  // The small one has less than half: it gets all it has, the large one the rest.
  auto claims = claim(10);
  BOOST_TEST(
    std::count_if(claims.begin(), claims.end(), [&](auto& c) { return c.config.value == big; })
    == 7);
  BOOST_TEST(claims.size() == 10u);

  // A new one catches up with who has seven under way before that gets more.
  inbox = perform(pg::add_inbox{"third@example.com", "grant-3", "google"}).id.value;
  auto third = backfill_with(many);
  claims = claim(6);
  BOOST_TEST(
    std::count_if(claims.begin(), claims.end(), [&](auto& c) { return c.config.value == third; })
    == 6);
}

BOOST_AUTO_TEST_CASE(the_remainder_of_a_claim_takes_nothing_of_a_share) {
  std::map<std::string, int> shares;
  for (int i = 0; i < 4; ++i) {
    inbox =
      perform(pg::add_inbox{"many@example.com", "share-" + std::to_string(i), "google"}).id.value;
    shares[backfill_with({"t1", "t2", "t3", "t4", "t5"})] = 0;
  }

  for (auto& one : claim(10))
    ++shares[one.config.value];

  for (const auto& [config, share] : shares)
    BOOST_TEST((share == 2 || share == 3), config << " got " << share);
  BOOST_TEST(claim(100).size() == 10u);
}

BOOST_AUTO_TEST_CASE(two_claimers_never_get_the_same_thread) {
  backfill_with(numbered("t", 500));
  auto take = [&](const char* node) {
    pg::connection own{url()};
    std::vector<std::string> got;
    for (;;) {
      auto claims = pg::claim_threads{node, 1, 7}.run(own);
      if (claims.empty())
        return got;
      for (auto& claim : claims)
        got.push_back(claim.thread.value);
    }
  };

  auto one = std::async(std::launch::async, take, "a"),
       other = std::async(std::launch::async, take, "b");
  auto got = one.get(), more = other.get();
  got.insert(got.end(), more.begin(), more.end());
  // A claimer that found everything locked went home early; the rest is still there.
  for (auto& claim : claim(500))
    got.push_back(claim.thread.value);

  std::sort(got.begin(), got.end());
  BOOST_TEST(got.size() == 500u);
  BOOST_TEST((std::adjacent_find(got.begin(), got.end()) == got.end()));
}

BOOST_AUTO_TEST_CASE(paused_backfills_and_inboxes_that_cannot_be_called_are_left_alone) {
  auto config = backfill_with({"t1", "t2"});

  perform(pg::move_backfill{config, "paused", "test", ""});
  BOOST_TEST(claim(1).empty());
  BOOST_TEST(perform(pg::resume_backfill{config, "test", ""}) == "thread_sync");
  BOOST_TEST(perform(pg::set_inbox_status{"grant-1", "auth_expired", "401"}));
  BOOST_TEST(claim(1).empty());
  BOOST_TEST(perform(pg::set_inbox_status{"grant-1", "active", "grant.updated"}));
  BOOST_TEST(claim(1).size() == 1u);
}

BOOST_AUTO_TEST_CASE(only_the_latest_claim_can_end_a_thread) {
  auto config = backfill_with({"t1"});
  auto first = claim(1);
  BOOST_TEST(perform(pg::release_threads{"node-1"}) == 1u);
  auto second = claim(1);
  BOOST_TEST(second.at(0).token > first.at(0).token);

  BOOST_TEST(!perform(pg::complete_threads{first, {5}}).at(0));
  BOOST_TEST(retry_fails(first, false) == "stale");
  BOOST_TEST(perform(pg::complete_threads{second, {7}}).at(0));
  BOOST_TEST(!perform(pg::complete_threads{second, {7}}).at(0));

  BOOST_TEST(counts(config) == "0|0|1|0");
  BOOST_TEST(perform(pg::list_progress{config}).at(0).messages == 7u);
}

BOOST_AUTO_TEST_CASE(the_fifth_failure_is_final_and_a_throttle_is_none) {
  auto config = backfill_with({"t1"});
  for (int i = 0; i < 20; ++i)
    BOOST_TEST_REQUIRE(retry_fails(claim(1), true) == "accepted");
  BOOST_TEST(claim(0).empty());

  for (int i = 0; i < 5; ++i) {
    auto claims = claim(1);
    BOOST_TEST_REQUIRE(claims.size() == 1u);
    BOOST_TEST(claims[0].attempt == static_cast<uint32_t>(i));
    retry_fails(claims, false);
  }

  BOOST_TEST(claim(1).empty());
  BOOST_TEST(counts(config) == "0|0|0|1");
  auto failed = perform(pg::failed_threads{config, 10});
  BOOST_TEST_REQUIRE(failed.size() == 1u);
  BOOST_TEST(failed[0].reason == "no luck");
  BOOST_TEST(failed[0].attempts == 5u);
}

BOOST_AUTO_TEST_CASE(a_failure_waits_for_its_delay) {
  backfill_with({"t1"});
  perform(pg::fail_threads{{{claim(1).at(0), "503", false, false, 60'000}}});

  BOOST_TEST(claim(1).empty());
  conn.run("update queued_threads set next_attempt_at = next_attempt_at - interval '61 seconds'");
  BOOST_TEST(claim(1).size() == 1u);
}

BOOST_AUTO_TEST_CASE(claims_of_a_lost_node_are_released_by_age) {
  auto config = backfill_with({"t1", "t2"});
  claim(1);
  conn.run("update queued_threads set claimed_at = now() - interval '10 minutes' where status = "
           "'processing'");
  perform(pg::claim_threads{"node-2", 1, 1});

  BOOST_TEST(perform(pg::release_expired_threads{300}) == 1u);
  BOOST_TEST(counts(config) == "1|1|0|0");
  BOOST_TEST(perform(pg::release_threads{"node-1"}) == 0u);
  BOOST_TEST(perform(pg::release_threads{""}) == 1u);
}

BOOST_AUTO_TEST_CASE(a_backfill_completes_once_when_every_thread_has_ended) {
  auto config = backfill_with({"t1", "t2"});
  auto claims = claim(2);
  perform(pg::complete_threads{{claims[0]}, {3}});
  BOOST_TEST(!perform(pg::try_complete_backfill{config}));
  perform(pg::fail_threads{{{claims[1], "404", true, false, 0}}});

  BOOST_TEST(perform(pg::try_complete_backfill{config}));
  BOOST_TEST(!perform(pg::try_complete_backfill{config}));

  BOOST_TEST(status(config) == "completed");
  BOOST_TEST(
    value("select concat_ws('|', backfill_progress->>'threads_queued', "
          "backfill_progress->>'threads_completed', "
          "backfill_progress->>'threads_failed', backfill_progress->>'total_messages_synced', "
          "backfill_completed_at is not null) "
          "from flux_inbox_configurations")
    == "2|1|1|3|t");
  BOOST_TEST(value("select count(*) from sync_transitions where to_status = 'completed'") == "1");
}

BOOST_AUTO_TEST_CASE(an_empty_mailbox_completes) {
  auto config = backfill_with({});
  BOOST_TEST(perform(pg::try_complete_backfill{config}));
}

BOOST_AUTO_TEST_CASE(a_retry_of_failed_threads_reopens_a_completed_backfill) {
  auto config = backfill_with({"t1", "t2"});
  for (auto& one : claim(2))
    perform(pg::fail_threads{{{one, "400", true, false, 0}}});
  perform(pg::try_complete_backfill{config});

  BOOST_TEST(perform(pg::retry_failed_threads{config, {{"t2"}}, "test"}) == 1u);

  BOOST_TEST(status(config) == "thread_sync");
  BOOST_TEST(counts(config) == "1|0|0|1");
  BOOST_TEST(value("select (sync_completed_at is null)::text from inbox_sync_stats") == "true");
}

BOOST_AUTO_TEST_CASE(what_failed_is_asked_for_again_after_a_day_and_after_a_week) {
  auto config = backfill_with({"t1"});
  auto fail_once = [&] { perform(pg::fail_threads{{{claim(1).at(0), "403", false, false, 0}}}); };
  auto pass = [&](const char* time) {
    auto earlier = std::string{"update queued_threads set next_attempt_at = next_attempt_at - "
                               "interval '"}
                   + time + "'";
    conn.run(earlier.c_str());
  };
  for (int i = 0; i < 5; ++i)
    fail_once();
  BOOST_TEST(perform(pg::try_complete_backfill{config}));

  for (const char* time : {"1 day", "7 days"}) {
    BOOST_TEST(perform(pg::revisit_threads{10}) == 0u);
    BOOST_TEST(counts(config) == "0|0|0|1");
    pass(time);
    BOOST_TEST(perform(pg::revisit_threads{10}) == 1u);
    BOOST_TEST(status(config) == "thread_sync");
    BOOST_TEST(counts(config) == "1|0|0|0");
    fail_once(); // one attempt each
    BOOST_TEST(counts(config) == "0|0|0|1");
    BOOST_TEST(perform(pg::try_complete_backfill{config}));
  }
  pass("1000 days");
  BOOST_TEST(perform(pg::revisit_threads{10}) == 0u);
}

BOOST_AUTO_TEST_CASE(no_thread_is_asked_for_again_beside_another_backfill_of_its_inbox) {
  auto config = backfill_with({"t1"});
  perform(pg::fail_threads{{{claim(1).at(0), "400", true, false, 0}}});
  perform(pg::try_complete_backfill{config});
  conn.run("update queued_threads set next_attempt_at = now()");
  auto other = backfill_with({});

  BOOST_TEST(perform(pg::revisit_threads{10}) == 0u);
  perform(pg::try_complete_backfill{other});
  BOOST_TEST(perform(pg::revisit_threads{10}) == 1u);
}

BOOST_AUTO_TEST_CASE(a_premature_completion_is_found_and_reopened) {
  auto config = backfill_with({"t1"});
  BOOST_TEST(perform(pg::recover_premature_completions{}).empty());
  perform(pg::move_backfill{config, "completed", "a bug", ""});

  BOOST_TEST((perform(pg::recover_premature_completions{}) == std::vector{config_id{config}}));
  BOOST_TEST(status(config) == "thread_sync");
  BOOST_TEST(value("select (backfill_completed_at is null)::text from flux_inbox_configurations")
             == "true");
}

BOOST_AUTO_TEST_CASE(jobs_of_other_programs_become_threads_to_claim) {
  auto config = backfill_with({"t1"});
  perform(pg::complete_threads{claim(1), {1}});
  perform(pg::try_complete_backfill{config});
  auto now = std::stoll(value("select (extract(epoch from now()) * 1000000)::bigint"));

  BOOST_TEST(perform(pg::accept_thread_jobs{config, {{"t1", now - 60'000'000}}}) == 0u);
  BOOST_TEST(status(config) == "completed");
  BOOST_TEST(perform(pg::accept_thread_jobs{config, {{"t1", now}, {"t2", now}, {"t2", now}}})
             == 2u);
  BOOST_TEST(status(config) == "thread_sync");
  BOOST_TEST(counts(config) == "2|0|0|0");
}

BOOST_AUTO_TEST_CASE(progress_is_published_for_what_runs) {
  auto config = backfill_with({"t1", "t2"});
  perform(pg::complete_threads{claim(1), {4}});

  auto all = perform(pg::refresh_progress{});

  BOOST_TEST_REQUIRE(all.size() == 1u);
  BOOST_TEST(all[0].config.value == config);
  BOOST_TEST(all[0].total == 2u);
  BOOST_TEST(all[0].windows_listed == 1u);
  BOOST_TEST(value("select backfill_progress->>'threads_completed' from flux_inbox_configurations")
             == "1");
}

BOOST_AUTO_TEST_SUITE_END()
