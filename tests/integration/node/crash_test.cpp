#include "tests/support/node_fixture.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

using namespace nova;
using namespace std::chrono_literals;

namespace {

void no_death(const std::string& reason) {
  BOOST_ERROR("the node gave up: " + reason);
}

const char* const kinds[] = {"database",        "failure_recorder",
                             "readiness",       "notification_store",
                             "http_client",     "grants",
                             "mail_store",      "wakeups",
                             "thread_jobs",     "completion_monitor",
                             "thread_reader",   "thread_dispatcher",
                             "backfills",       "reconcile",
                             "backfill_reader", "notifications",
                             "webhook_reader",  "queue_listener",
                             "folder_lister",   "attachment_fetcher",
                             "certifier",       "endpoint_watch"};

uint64_t recorded(pg::connection& conn, const std::string& kind) {
  const sql::statement query{"count_failures",
                             "select count(*) from nova.actor_failures where kind = $1"};
  return conn.exec(query, kind).value<uint64_t>();
}

simulator::options slow_mailbox() {
  auto options = test::a_mailbox(150, 2);
  options.settings.latency = 5ms;
  return options;
}

} // namespace

BOOST_AUTO_TEST_SUITE(crash_test)

BOOST_DATA_TEST_CASE(a_crash_of_any_actor_is_recorded_and_the_backfill_ends_verified,
                     boost::unit_test::data::make(kinds), kind) {
  test::node_fixture f{slow_mailbox()};
  auto config = f.start_backfill(f.add_inbox());
  auto settings = f.settings();
  settings.threads.window = 8;
  settings.threads.refill = 2;
  app::node node{settings, no_death};
  BOOST_REQUIRE(test::eventually([&] { return f.backfill_status(config) != "pending"; }));

  BOOST_TEST(node.crash(kind));

  BOOST_TEST(test::eventually([&] { return f.backfill_status(config) == "completed"; }));
  BOOST_TEST(test::eventually([&] { return recorded(f.conn, kind) == 1; }));
  BOOST_TEST(test::differences(f.conn, f.provider, f.grant()) == std::vector<std::string>{},
             boost::test_tools::per_element());
  BOOST_TEST(test::broken_invariants(f.conn) == std::vector<std::string>{},
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_crash_in_one_role_is_not_noticed_by_the_others) {
  test::node_fixture f{test::a_mailbox(1, 1)};
  app::node node{f.settings(), no_death};
  auto restarts = [&](const std::string& kind) {
    directory_filter filter;
    filter.kind = kind;
    auto rows = node.directory().snapshot(filter);
    return rows.size() == 1 ? std::optional{rows.front().restarts} : std::nullopt;
  };
  BOOST_REQUIRE(test::eventually([&] { return restarts("webhook_reader") == 0u; }));

  BOOST_TEST(node.crash("thread_dispatcher"));

  BOOST_TEST(test::eventually([&] { return restarts("thread_reader") == 1u; }));
  BOOST_TEST((restarts("completion_monitor") == 0u));
  BOOST_TEST((restarts("backfills") == 0u));
  BOOST_TEST((restarts("webhook_reader") == 0u));
  BOOST_TEST((restarts("queue_listener") == 0u));
}

BOOST_AUTO_TEST_CASE(a_job_of_another_program_syncs_its_thread_again) {
  test::node_fixture f{test::a_mailbox(3, 2)};
  auto config = f.start_backfill(f.add_inbox());
  app::node node{f.settings(), no_death};
  BOOST_REQUIRE(test::eventually([&] { return f.backfill_status(config) == "completed"; }));
  const sql::statement forget{"forget", "delete from flux_email_messages where nylas_thread_id ="
                                        " (select min(thread_id) from queued_threads)"};
  f.conn.exec(forget);
  BOOST_REQUIRE(!test::differences(f.conn, f.provider, f.grant()).empty());

  const sql::statement ask{"ask", "select queue_thread_sync($1::uuid, min(thread_id))::text"
                                  " from queued_threads"};
  f.conn.exec(ask, config);

  BOOST_TEST(test::eventually(
    [&] { return test::differences(f.conn, f.provider, f.grant()).empty(); }, 20s));
}

BOOST_AUTO_TEST_SUITE_END()
