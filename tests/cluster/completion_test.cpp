#include "tests/cluster/node_process.hpp"

#include <boost/test/unit_test.hpp>

using namespace nova;
using test::eventually;
using test::node_process;

namespace {

/// Two nodes: only one completes, only the other works. By its own timer the first would look far
/// too late.
struct fixture : test::node_fixture {
  explicit fixture(size_t threads = 20) : node_fixture(test::a_mailbox(threads, 1)) {
    BOOST_REQUIRE(judge.logged("lease taken lease=completion_monitor"));
    config = start_backfill(add_inbox());
  }

  node_process judge{*this, "judge", {{"COMPLETION_CHECK_INTERVAL_MS", "600000"}}, "completion"};
  std::string config;
};

struct empty_mailbox : fixture {
  empty_mailbox() : fixture(0) {}
};

} // namespace

BOOST_AUTO_TEST_SUITE(completion_test)

BOOST_FIXTURE_TEST_CASE(the_last_thread_wakes_the_monitor_of_another_node, fixture) {
  node_process worker{*this, "worker", {}, "backfill,threads"};

  BOOST_TEST(eventually([&] { return backfill_status(config) == "completed"; }));
}

BOOST_FIXTURE_TEST_CASE(the_end_of_an_empty_backfill_wakes_the_monitor_of_another_node,
                        empty_mailbox) {
  node_process worker{*this, "worker", {}, "backfill"};

  BOOST_TEST(eventually([&] { return backfill_status(config) == "completed"; }));
}

BOOST_AUTO_TEST_SUITE_END()
