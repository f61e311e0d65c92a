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

BOOST_AUTO_TEST_CASE(mail_becomes_searchable_behind_the_sync_path) {
  constexpr sql::statement unsearchable{
    "unsearchable", "select count(*) from flux_email_messages m where not exists ("
                    "select from flux_email_search s where s.inbox_id = m.inbox_id "
                    "and s.nylas_message_id = m.nylas_message_id)"};
  test::node_fixture f{test::a_mailbox(10)};
  auto config = f.start_backfill(f.add_inbox());
  auto settings = f.settings();
  settings.maintenance.search_pause = std::chrono::milliseconds{50};

  app::node node{std::move(settings), no_death};

  BOOST_TEST(test::eventually([&] { return f.backfill_status(config) == "completed"; }));
  BOOST_TEST(test::eventually([&] { return f.conn.exec(unsearchable).value<int64_t>() == 0; }));
}

BOOST_AUTO_TEST_CASE(an_empty_mailbox_completes) {
  test::node_fixture f{test::a_mailbox(0)};
  auto config = f.start_backfill(f.add_inbox());

  app::node node{f.settings(), no_death};

  BOOST_TEST(test::eventually([&] { return f.backfill_status(config) == "completed"; }));
}

BOOST_AUTO_TEST_SUITE_END()
