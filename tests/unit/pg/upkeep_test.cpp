#include "pg/error.hpp"
#include "pg/jobs/claim_upkeep.hpp"
#include "pg/jobs/claim_upkeep_now.hpp"
#include "pg/jobs/enable_upkeep.hpp"
#include "pg/jobs/end_upkeep.hpp"
#include "pg/jobs/extend_upkeep.hpp"
#include "pg/jobs/list_upkeep.hpp"
#include "pg/jobs/list_upkeep_runs.hpp"
#include "pg/jobs/next_upkeep.hpp"
#include "pg/jobs/release_upkeep.hpp"
#include "tests/support/database_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>

using namespace nova;
using namespace std::chrono_literals;

namespace {

struct fixture : test::database_fixture {
  fixture() {
    conn.run("update nova.upkeep_tasks set next_run_at = now() + interval '1 day'");
  }

  /// One task that is due, and taken by `w`.
  pg::claimed_upkeep take() {
    conn.run("update nova.upkeep_tasks set next_run_at = now() where name = 'sizes'");
    return perform(pg::claim_upkeep{.worker = "w", .limit = 10}).at(0);
  }

  pg::upkeep_row row(const std::string& task) {
    auto all = perform(pg::list_upkeep{});
    return *std::ranges::find(all, task, &pg::upkeep_row::task);
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(upkeep_test, fixture)

BOOST_AUTO_TEST_CASE(a_task_is_claimed_with_what_is_to_be_done) {
  auto wait = perform(pg::next_upkeep{});
  BOOST_TEST((wait && *wait > 23h && *wait <= 24h));
  conn.run("update nova.upkeep_tasks set attempts = 2 where name = 'sizes'");

  auto taken = take();

  BOOST_TEST(taken.name == "sizes");
  BOOST_TEST(taken.kind == "sizes");
  BOOST_TEST(taken.target == "public");
  BOOST_TEST(taken.options == "{}");
  BOOST_TEST(taken.token > 0);
  BOOST_TEST(taken.attempts == 2);
  BOOST_TEST(perform(pg::claim_upkeep{.worker = "x", .limit = 10}).empty());
  BOOST_TEST((*perform(pg::next_upkeep{}) <= 60s)); // its lease may run out
  BOOST_TEST(row("sizes").worker == "w");
  BOOST_CHECK_THROW(perform(pg::claim_upkeep_now{"sizes", "x"}), pg::error);
  BOOST_TEST(!perform(pg::claim_upkeep_now{"sises", "x"}).has_value());
}

BOOST_AUTO_TEST_CASE(what_is_due_is_due_at_once) {
  conn.run("update nova.upkeep_tasks set next_run_at = now() - interval '1 hour' where name = "
           "'sizes'");
  BOOST_TEST((*perform(pg::next_upkeep{}) == 0ms));
  conn.run("update nova.upkeep_tasks set enabled = false");
  BOOST_TEST(!perform(pg::next_upkeep{}).has_value());
}

BOOST_AUTO_TEST_CASE(only_who_has_the_claim_extends_and_releases_it) {
  auto taken = take();
  std::vector<bool> mixed{true, false};
  BOOST_TEST((perform(pg::extend_upkeep{{"sizes", "sizes"}, {taken.token, taken.token - 1}, 1min})
              == mixed));
  BOOST_TEST(
    (perform(pg::release_upkeep{{"sizes", "sizes"}, {taken.token, taken.token - 1}}) == mixed));
  BOOST_TEST(row("sizes").attempts == 0);
  BOOST_TEST(row("sizes").worker == "");
}

BOOST_AUTO_TEST_CASE(a_run_ends_with_its_history) {
  auto taken = take();
  pg::upkeep_outcome outcome{.rows = 3, .bytes = 40, .file = "f", .details = "[1]", .after = 1h};
  BOOST_TEST(perform(pg::end_upkeep{"sizes", taken.token, outcome}));
  BOOST_TEST(!perform(pg::end_upkeep{"sizes", taken.token, outcome}));

  auto now = row("sizes");
  BOOST_TEST(now.outcome == "done");
  BOOST_TEST(now.rows == 3);
  BOOST_TEST((now.due - now.ended) == 3600);
  auto runs = perform(pg::list_upkeep_runs{"sizes"});
  BOOST_TEST_REQUIRE(runs.size() == 1U);
  BOOST_TEST(runs[0].bytes == 40);
  BOOST_TEST(runs[0].file == "f");
  BOOST_TEST(runs[0].details == "[1]");
  BOOST_TEST(runs[0].worker == "w");
}

BOOST_AUTO_TEST_CASE(failures_are_told_apart) {
  auto taken = take();
  perform(pg::end_upkeep{
    "sizes", taken.token, {.end = pg::upkeep_end::failed, .error_class = "x", .text = "why"}});
  taken = take();
  perform(pg::end_upkeep{"sizes", taken.token, {.end = pg::upkeep_end::skipped, .text = "no"}});

  BOOST_TEST(perform(pg::list_upkeep_runs{}).size() == 2U);
  auto failed = perform(pg::list_upkeep_runs{.failed = true});
  BOOST_TEST_REQUIRE(failed.size() == 1U);
  BOOST_TEST(failed[0].error_class == "x");
  BOOST_TEST(failed[0].error == "why");
  BOOST_TEST(perform(pg::list_upkeep_runs{.limit = 1}).at(0).outcome == "skipped");
  BOOST_TEST(row("sizes").error == "no");
}

BOOST_AUTO_TEST_CASE(a_dead_worker_loses_what_it_had) {
  take();
  conn.run("select nova.release_upkeep_of(array['w', 'x'])");
  BOOST_TEST(row("sizes").error_class == "lost");
}

BOOST_AUTO_TEST_CASE(a_task_is_paused_by_its_name) {
  BOOST_TEST(perform(pg::enable_upkeep{"sizes", false}));
  BOOST_TEST(!row("sizes").enabled);
  BOOST_TEST(!perform(pg::enable_upkeep{"sises", false}));
  BOOST_TEST(row("prune").schedule == "every 01:00:00");
  BOOST_TEST(row("sizes").schedule == "0 4 * * 0");
}

BOOST_AUTO_TEST_SUITE_END()
