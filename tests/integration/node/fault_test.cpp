#include "tests/support/node_fixture.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <string_view>

using namespace nova;
using namespace std::chrono_literals;

namespace {

void no_death(const std::string& reason) {
  BOOST_ERROR("the node gave up: " + reason);
}

simulator::options faulty(const char* script) {
  auto options = test::a_mailbox(150, 4);
  options.faults = script;
  return options;
}

uint64_t sum_of_attempts(pg::connection& conn) {
  const sql::statement query{"sum_attempts",
                             "select coalesce(sum(attempts), 0)::bigint from queued_threads"};
  return conn.exec(query).value<uint64_t>();
}

void expect_verified(test::node_fixture& f, const std::string& config) {
  BOOST_TEST(test::eventually([&] { return f.backfill_status(config) == "completed"; }, 120s));
  BOOST_TEST(test::differences(f.conn, f.provider, f.grant()) == std::vector<std::string>{},
             boost::test_tools::per_element());
  BOOST_TEST(test::broken_invariants(f.conn) == std::vector<std::string>{},
             boost::test_tools::per_element());
}

} // namespace

BOOST_AUTO_TEST_SUITE(fault_test)

BOOST_AUTO_TEST_CASE(a_throttled_backfill_is_complete_and_no_attempt_is_used) {
  test::node_fixture f{faulty(R"({"rules": [
    {"path_regex": "^/v3/grants/[^/]+/messages", "fault": "429-provider", "rate": 0.1, "retry_after": 1},
    {"path_regex": "^/v3/grants/[^/]+/threads", "fault": "429", "rate": 0.1}]})")};
  auto config = f.start_backfill(f.add_inbox());

  app::node node{f.settings(), no_death};

  expect_verified(f, config);
  BOOST_TEST(sum_of_attempts(f.conn) == 0u);
}

BOOST_DATA_TEST_CASE(a_provider_with_mixed_faults_ends_verified,
                     boost::unit_test::data::make({"threads", "messages"}), strategy) {
  test::node_fixture f{faulty(R"({"rules": [
    {"path_regex": "^/v3/grants/", "fault": "429-provider", "rate": 0.05, "retry_after": 1},
    {"path_regex": "^/v3/grants/", "fault": "500", "rate": 0.02},
    {"path_regex": "^/v3/grants/", "fault": "cut", "rate": 0.01},
    {"path_regex": "^/v3/grants/", "fault": "502-html", "rate": 0.01},
    {"path_regex": "^/v3/grants/", "fault": "cut-body", "rate": 0.01},
    {"path_regex": "^/v3/grants/", "fault": "slow", "rate": 0.05, "delay_ms": 200},
    {"path_regex": "^/v3/grants/[^/]+/threads", "fault": "stale-cursor", "rate": 0.05}]})")};
  auto config = f.start_backfill(f.add_inbox());

  auto settings = f.settings();
  settings.backfills.backfill.strategy = strategy == std::string_view{"messages"}
                                           ? discovery_strategy::messages
                                           : discovery_strategy::threads;
  app::node node{std::move(settings), no_death};

  expect_verified(f, config);
}

BOOST_AUTO_TEST_CASE(a_stopped_node_gives_back_its_threads_and_the_next_goes_on) {
  auto options = test::a_mailbox(300, 4);
  options.settings.latency = 20ms;
  test::node_fixture f{options};
  auto config = f.start_backfill(f.add_inbox());
  const sql::statement processing{
    "count_processing", "select count(*) from queued_threads where status = 'processing'"};
  {
    auto slow = f.settings();
    slow.backfills.backfill.strategy = discovery_strategy::threads;
    slow.threads.window = 16;
    slow.threads.refill = 4;
    app::node first{slow, no_death};
    BOOST_REQUIRE(test::eventually([&] { return f.conn.exec(processing).value<uint64_t>() > 0; }));
  }
  BOOST_TEST(f.conn.exec(processing).value<uint64_t>() == 0u);

  app::node second{f.settings(), no_death};

  expect_verified(f, config);
}

BOOST_AUTO_TEST_SUITE_END()
