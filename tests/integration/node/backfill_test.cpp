#include "base/clock.hpp"
#include "pg/email/list_progress.hpp"
#include "pg/email/start_backfill.hpp"
#include "pg/email/start_whole_backfill.hpp"
#include "tests/support/node_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
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
  settings.search_pause = std::chrono::milliseconds{50};

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

BOOST_AUTO_TEST_CASE(all_mail_there_is_comes_where_somebody_asks_for_it) {
  auto mailbox = test::a_mailbox(60);
  mailbox.grants.front().mailbox.span = std::chrono::days{9 * 365};
  test::node_fixture f{mailbox};
  auto config =
    pg::start_whole_backfill{inbox_id{f.add_inbox()}, base::seconds_of(base::wall_now())}
      .run(f.conn)
      .value;

  app::node node{f.settings(), no_death};

  BOOST_TEST(test::eventually([&] { return f.backfill_status(config) == "completed"; }));
  BOOST_TEST(test::differences(f.conn, f.provider, f.grant()) == std::vector<std::string>{},
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(progress_never_falls_and_has_an_end_in_sight_while_mail_is_listed) {
  auto mailbox = test::a_mailbox(1500, 4);
  mailbox.settings.latency = std::chrono::milliseconds{40};
  mailbox.settings.messages_page_max = 20;
  mailbox.grants.front().provider = simulator::provider::microsoft;
  test::node_fixture f{mailbox};
  auto config = f.start_backfill(f.add_inbox());
  auto settings = f.settings();
  settings.backfills.backfill.survey = true;
  settings.backfills.backfill.messages_page_limit = 20;
  settings.completion.interval = std::chrono::milliseconds{100};
  app::node node{std::move(settings), no_death};

  double highest = 0;
  bool fell = false, in_sight = false, named = false;
  BOOST_TEST(test::eventually([&] {
    auto shown = pg::list_progress{config_id{config}}.run(f.conn).at(0);
    fell = fell || shown.percent < highest;
    highest = std::max(highest, shown.percent);
    in_sight = in_sight
               || (shown.percent < 100 && 0 < shown.eta_low && shown.eta_low <= shown.eta
                   && shown.eta <= shown.eta_high);
    named =
      named || shown.binds == "places" || shown.binds == "window" || shown.binds == "requests";
    return shown.status == "completed";
  }));
  BOOST_TEST(!fell);
  BOOST_TEST(in_sight);
  BOOST_TEST(named);
  BOOST_TEST(highest == 100);
}

BOOST_AUTO_TEST_SUITE_END()
