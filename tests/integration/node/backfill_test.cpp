#include "tests/support/node_fixture.hpp"

#include <boost/test/unit_test.hpp>

using namespace nova;

namespace {

void no_death(const std::string& reason) {
  BOOST_ERROR("the node gave up: " + reason);
}

} // namespace

BOOST_AUTO_TEST_SUITE(backfill_test)

BOOST_AUTO_TEST_CASE(a_mailbox_of_ten_threads_is_in_the_database) {
  test::node_fixture f{test::a_mailbox(10)};
  auto config = f.start_backfill(f.add_inbox());

  app::node node{f.settings(), no_death};

  BOOST_TEST(test::eventually([&] { return f.backfill_status(config) == "completed"; }));
  BOOST_TEST(test::differences(f.conn, f.provider, f.grant()) == std::vector<std::string>{},
             boost::test_tools::per_element());
  BOOST_TEST(test::broken_invariants(f.conn) == std::vector<std::string>{},
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(an_empty_mailbox_completes) {
  test::node_fixture f{test::a_mailbox(0)};
  auto config = f.start_backfill(f.add_inbox());

  app::node node{f.settings(), no_death};

  BOOST_TEST(test::eventually([&] { return f.backfill_status(config) == "completed"; }));
}

BOOST_AUTO_TEST_SUITE_END()
