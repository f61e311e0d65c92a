#include "base/clock.hpp"
#include "pg/email/start_backfill.hpp"
#include "tests/support/node_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <string>

using namespace nova;

namespace {

void no_death(const std::string& reason) {
  BOOST_ERROR("the node gave up: " + reason);
}

/// What a month's backfill of a mailbox of a year brings in: the messages, in the order of their
/// ids, and how many calls it took.
struct brought_in {
  std::string messages;
  uint64_t calls = 0;
};

brought_in last_month(discovery_strategy strategy) {
  constexpr sql::statement all{"all_messages",
                               "select string_agg(nylas_message_id || ' ' || nylas_thread_id, ',' "
                               "order by nylas_message_id) from flux_email_messages"};
  test::node_fixture f{test::a_mailbox(300)};
  auto now = std::chrono::duration_cast<std::chrono::seconds>(base::wall_now().time_since_epoch());
  auto config =
    pg::start_backfill{inbox_id{f.add_inbox()}, (now - std::chrono::days{30}).count(), now.count()}
      .run(f.conn)
      .value;
  auto settings = f.settings();
  settings.backfills.backfill.strategy = strategy;
  app::node node{std::move(settings), no_death};
  BOOST_TEST(test::eventually([&] { return f.backfill_status(config) == "completed"; }));
  BOOST_TEST(test::broken_invariants(f.conn) == std::vector<std::string>{},
             boost::test_tools::per_element());
  return {f.conn.exec(all).value<std::string>(), f.provider.state().statistics.total()};
}

} // namespace

BOOST_AUTO_TEST_SUITE(backfill_test)

BOOST_AUTO_TEST_CASE(both_strategies_bring_in_whole_threads_of_a_part_of_the_mailbox) {
  auto by_threads = last_month(discovery_strategy::threads);
  auto by_messages = last_month(discovery_strategy::messages);
  BOOST_TEST(!by_threads.messages.empty());
  BOOST_TEST(by_messages.messages == by_threads.messages);
  BOOST_TEST(by_messages.calls < by_threads.calls);
}

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
