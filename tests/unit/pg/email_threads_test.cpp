#include "pg/email/accept_thread_jobs.hpp"
#include "pg/email/add_inbox.hpp"
#include "pg/email/claim_threads.hpp"
#include "pg/email/complete_threads.hpp"
#include "pg/email/fail_threads.hpp"
#include "pg/email/failed_threads.hpp"
#include "pg/email/list_progress.hpp"
#include "pg/email/move_backfill.hpp"
#include "pg/email/record_page.hpp"
#include "pg/email/recover_premature_completions.hpp"
#include "pg/email/refresh_progress.hpp"
#include "pg/email/release_threads.hpp"
#include "pg/email/resume_backfill.hpp"
#include "pg/email/retry_failed_threads.hpp"
#include "pg/email/revisit_threads.hpp"
#include "pg/email/set_inbox_status.hpp"
#include "pg/email/try_complete_backfill.hpp"
#include "pg/error.hpp"
#include "tests/unit/pg/backfill_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <future>
#include <map>
#include <set>
#include <string>
#include <vector>

using namespace nova;
using test::day;
using test::ids;

BOOST_FIXTURE_TEST_SUITE(email_threads_test, test::backfill_fixture)

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

BOOST_AUTO_TEST_CASE(claims_of_one_node_or_of_all_are_released) {
  auto config = backfill_with({"t1", "t2"});
  claim(1);
  perform(pg::claim_threads{"node-2", 1, 1});

  BOOST_TEST(perform(pg::release_threads{"node-3"}) == 0u);
  BOOST_TEST(perform(pg::release_threads{"node-1"}) == 1u);
  BOOST_TEST(counts(config) == "1|1|0|0");
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
