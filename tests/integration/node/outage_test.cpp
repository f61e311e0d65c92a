#include "simulator/world.hpp"
#include "tests/support/node_fixture.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

using namespace nova;
using namespace std::chrono_literals;

namespace {

void no_death(const std::string& reason) {
  BOOST_ERROR("the node gave up: " + reason);
}

struct fixture : test::node_fixture {
  fixture() : test::node_fixture{slow_mailbox()} {
    config = start_backfill(add_inbox());
  }

  static simulator::options slow_mailbox() {
    auto options = test::a_mailbox(400, 2);
    options.settings.latency = 30ms;
    return options;
  }

  void faults(const char* script) {
    provider.state().set_faults(*simulator::fault_script::parse(script));
  }

  std::string value(const char* text) {
    const sql::statement query{text, text};
    return conn.exec(query).value<std::string>();
  }

  bool completed() {
    return test::eventually([&] { return backfill_status(config) == "completed"; }, 100s);
  }

  bool some_threads_are_done() {
    return test::eventually([&] {
      return value("select (count(*) > 20)::text from queued_threads where status = 'completed'")
             == "true";
    });
  }

  std::string outage() {
    return value("select coalesce(min(scope), 'none') from nova.provider_outages");
  }

  void expect_complete() {
    BOOST_TEST(completed());
    BOOST_TEST(value("select coalesce(sum(attempts), 0)::text from queued_threads") == "0");
    BOOST_TEST(value("select attempts::text from flux_inbox_configurations") == "0");
    BOOST_TEST(value("select count(*)::text from sync_transitions where machine = 'inbox'") == "0");
    BOOST_TEST(test::eventually([&] { return outage() == "none"; }));
    BOOST_TEST(test::differences(conn, provider, grant()) == std::vector<std::string>{},
               boost::test_tools::per_element());
  }

  std::string config;
};

const std::vector<std::pair<std::string, std::string>> troubles{{"500", "network"},
                                                                {"502-html", "network"},
                                                                {"cut", "network"},
                                                                {"401", "application"}};

} // namespace

BOOST_FIXTURE_TEST_SUITE(outage_test, fixture)

BOOST_DATA_TEST_CASE(a_provider_that_is_away_for_longer_than_all_retries_fails_nothing,
                     boost::unit_test::data::make({0, 1, 2, 3}), number) {
  const auto& [fault, scope] = troubles.at(static_cast<size_t>(number));
  app::node node{settings(), no_death};
  BOOST_REQUIRE(some_threads_are_done());
  faults(
    (R"({"rules": [{"path_regex": "^/v3/", "fault": ")" + fault + R"(", "rate": 1}]})").c_str());
  BOOST_TEST(test::eventually([&] { return outage() == scope; }));
  // Longer than six tries took, which made it failed.
  BOOST_TEST(test::eventually([&] {
    return value("select (now() - min(since) > '13 s')::text from nova.provider_outages") == "true";
  }));
  BOOST_TEST(
    (backfill_status(config) == "discovering" || backfill_status(config) == "thread_sync"));
  faults(R"({"rules": []})");
  expect_complete();
}

BOOST_AUTO_TEST_CASE(work_goes_on_after_a_restart_during_the_outage) {
  {
    app::node first{settings(), no_death};
    BOOST_REQUIRE(some_threads_are_done());
    faults((R"({"rules": [{"path_regex": "^/v3/grants/)" + grant()
            + R"(/", "fault": "500", "rate": 1}]})")
             .c_str());
    BOOST_TEST(test::eventually([&] { return outage() == "grant"; }));
  }
  BOOST_TEST(outage() == "grant");
  faults(R"({"rules": []})");

  app::node second{settings(), no_death};
  expect_complete();
}

BOOST_AUTO_TEST_SUITE_END()
