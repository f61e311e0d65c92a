#include "alerts/alert_sender.hpp"

#include "alerts/alert_watch.hpp"
#include "pg/jobs/list_alert_deliveries.hpp"
#include "pg/jobs/list_alerts.hpp"
#include "tests/support/actor_fixture.hpp"
#include "tests/support/database_fixture.hpp"

#include <boost/test/unit_test.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

using namespace nova;
using namespace std::chrono_literals;
using alerts::letter_verdict;

namespace {

/// The real database, asked on the scheduler of the test.
database_actor::behavior_type database_here(database_actor::pointer, pg::connection* conn) {
  return {
    [conn](query_job& job) { return query_done{job.run(*conn)}; },
  };
}

/// What couriers were given, and what they say.
struct couriers {
  std::vector<pg::claimed_delivery> mails, webhooks;
  std::vector<base::wall_time> mailed_at;
  std::function<letter_verdict(const pg::claimed_delivery&)> verdict = [](const auto&) {
    return letter_verdict::sent;
  };
  bool mails_hang = false;
};

alerts::courier_actor::behavior_type courier_here(alerts::courier_actor::pointer self, couriers* to,
                                                  base::clock clock) {
  return {
    [self, to, clock](const alerts::send_letters& what) -> caf::result<alerts::letters_sent> {
      alerts::letters_sent sent;
      for (const auto& letter : *what.letters) {
        (what.are_mails ? to->mails : to->webhooks).push_back(letter);
        if (what.are_mails)
          to->mailed_at.push_back(clock());
        sent.outcomes.push_back({to->verdict(letter), "x", "because"});
      }
      if (what.are_mails && to->mails_hang) {
        auto never = self->make_response_promise<alerts::letters_sent>();
        return never;
      }
      return sent;
    },
  };
}

struct fixture : test::database_fixture, test::actor_fixture {
  fixture() {
    now = base::wall_now();
    database = system.spawn(database_here, &conn);
    settings.clock = clock();
    settings.seed = 7;
    run_sql("select nova.set_alert_channel('ops', 'email', '{ann@example.com,bob@example.com}', "
            "'', '', '', 'nova', false, '{}', '2 minutes', true)");
  }

  ~fixture() {
    caf::scoped_actor ending{system, true};
    ending->send_exit(sender, caf::exit_reason::user_shutdown);
    run();
  }

  void run_sql(const std::string& sql) {
    conn.run(sql.c_str());
  }

  void start() {
    alerts::alert_sender_needs needs{database, std::make_shared<actor_directory>(), {}};
    needs.start = [this](caf::local_actor* parent, directory_slot, auto) {
      return parent->spawn<caf::linked>(courier_here, &out, clock());
    };
    sender = caf::actor_cast<caf::actor>(
      system.spawn(alerts::alert_sender, directory_slot{}, needs, settings));
    run();
  }

  /// Lets time pass in steps of a look.
  void pass(std::chrono::seconds time) {
    for (auto left = time; left > 0s; left -= 3s)
      advance(3s);
  }

  std::vector<pg::listed_delivery> deliveries() {
    return pg::list_alert_deliveries{"", 100}.run(conn);
  }

  database_actor database;
  couriers out;
  alerts::alert_sender_settings settings;
  caf::actor sender;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(alert_sender_test, fixture)

BOOST_AUTO_TEST_CASE(a_thousand_failures_are_one_mail_a_recipient_and_their_ends_another) {
  start();
  run_sql("select nova.raise_alert('sync_failed', n::text, 'warning', 'sync ' || n) from "
          "generate_series(1, 1000) n");

  pass(3s);
  BOOST_TEST(out.mails.empty());
  pass(30s);

  BOOST_REQUIRE_EQUAL(out.mails.size(), 2u);
  BOOST_TEST(out.mails.at(0).address != out.mails.at(1).address);
  BOOST_TEST(out.mails.front().items.find("\"opened\": 1000") != std::string::npos);
  run_sql("select nova.end_alert('sync_failed', n::text) from generate_series(1, 1000) n");
  pass(180s);
  BOOST_REQUIRE_EQUAL(out.mails.size(), 4u);
  BOOST_TEST(out.mails.back().items.find("\"ended\": 1000") != std::string::npos);
  BOOST_TEST(out.mails.back().thread == out.mails.at(1).message_id);
  pass(150s);
  BOOST_TEST(out.mails.size() == 4u);
}

BOOST_AUTO_TEST_CASE(attempts_come_ever_later_until_it_is_given_up) {
  out.verdict = [](const auto& letter) {
    return letter.address == "ann@example.com" ? letter_verdict::retry : letter_verdict::sent;
  };
  settings.look = 60s;
  start();
  run_sql("select nova.raise_alert('disk', 'a', 'warning', 'full')");

  for (auto left = std::chrono::seconds{20h}; left > 0s; left -= 60s)
    advance(60s);

  std::vector<base::wall_time> tries;
  for (size_t i = 0; i < out.mails.size(); ++i)
    if (out.mails[i].address == "ann@example.com")
      tries.push_back(out.mailed_at[i]);
  BOOST_REQUIRE_EQUAL(tries.size(), 24u);
  for (size_t i = 1; i < tries.size(); ++i) {
    auto wanted =
      std::min<std::chrono::duration<double>>(60s * (1 << std::min<size_t>(i - 1, 10)), 3600s);
    std::chrono::duration<double> waited = tries[i] - tries[i - 1];
    BOOST_TEST(waited.count() >= wanted.count() * 0.89, i << ": " << waited.count());
    BOOST_TEST(waited.count() <= wanted.count() * 1.11 + 61, i << ": " << waited.count());
  }
  for (const auto& each : deliveries()) {
    auto given_up = each.recipient == "ann@example.com";
    BOOST_TEST(each.state == (given_up ? "failed" : "sent"));
    BOOST_TEST(each.attempts == (given_up ? 24 : 1));
  }
}

BOOST_AUTO_TEST_CASE(a_server_that_refuses_is_asked_each_quarter_of_an_hour_by_one_mail) {
  out.verdict = [](const auto&) { return letter_verdict::stopped; };
  start();
  run_sql("select nova.raise_alert('disk', 'a', 'warning', 'full')");

  pass(10min);
  BOOST_TEST(out.mails.size() == 2u);
  pass(10min);
  BOOST_TEST(out.mails.size() == 3u);
  pass(15min);
  BOOST_TEST(out.mails.size() == 4u);

  out.verdict = [](const auto&) { return letter_verdict::sent; };
  pass(15min);
  for (const auto& each : deliveries())
    BOOST_TEST(each.state == "sent");
  BOOST_TEST(out.mails.size() == 6u);
}

BOOST_AUTO_TEST_CASE(mails_that_hang_keep_no_webhook) {
  run_sql(
    "select nova.set_alert_channel('hook', 'webhook', '{}', 'https://a.example/x', '', 'hook', "
    "'nova', false, '{}', '0', true)");
  out.mails_hang = true;
  start();
  run_sql("select nova.raise_alert('disk', 'a', 'warning', 'full')");
  pass(30s);
  run_sql("select nova.raise_alert('disk', 'b', 'warning', 'full')");
  pass(30s);

  BOOST_TEST(out.mails.size() == 2u);
  BOOST_REQUIRE_EQUAL(out.webhooks.size(), 2u);
  BOOST_TEST(out.webhooks.front().url == "https://a.example/x");
  BOOST_TEST(out.webhooks.front().secret_name == "hook");
  BOOST_TEST(out.webhooks.front().address.empty());
}

BOOST_AUTO_TEST_CASE(who_says_nothing_has_had_an_attempt) {
  out.mails_hang = true;
  start();
  run_sql("select nova.raise_alert('disk', 'a', 'warning', 'full')");

  pass(11min);
  out.mails_hang = false;
  pass(3min);

  for (const auto& each : deliveries()) {
    BOOST_TEST(each.state == "sent");
    BOOST_TEST(each.attempts == 2);
  }
}

BOOST_AUTO_TEST_CASE(what_doctor_finds_is_an_alert_until_it_finds_it_no_longer) {
  run_sql("insert into flux_inboxes (id, email, grant_id, provider, status) values "
          "('00000000-0000-0000-0000-0000000000aa', 'ann@example.com', 'g', 'google', "
          "'auth_expired')");
  auto seen = alerts::look_for_alerts{1000, base::wall_now()}.run(conn);
  BOOST_REQUIRE(seen.has_value());
  auto open = pg::list_alerts{false, "grant_expired", 10}.run(conn);
  BOOST_REQUIRE_EQUAL(open.size(), 1u);
  BOOST_TEST(open.front().key == "ann@example.com");
  BOOST_TEST(open.front().waiting == 2);

  run_sql("update flux_inboxes set status = 'active'");
  seen = alerts::look_for_alerts{1000, base::wall_now()}.run(conn);

  BOOST_REQUIRE(seen.has_value());
  BOOST_TEST(seen->ended == 1);
  BOOST_TEST((pg::list_alerts{false, "grant_expired", 10}.run(conn).empty()));
}

BOOST_AUTO_TEST_CASE(the_end_of_a_backfill_is_told) {
  run_sql("insert into flux_inboxes (id, email, grant_id, provider, status) values "
          "('00000000-0000-0000-0000-0000000000aa', 'ann@example.com', 'g', 'google', "
          "'active')");
  run_sql("select queue_inbox_backfill('00000000-0000-0000-0000-0000000000aa', now() - interval '2 "
          "days', now())");
  run_sql("select nova.move_backfill(id, 'failed', 'eve', 'it broke') from "
          "flux_inbox_configurations");

  auto told = pg::list_alerts{true, "backfill_failed", 10}.run(conn);

  BOOST_REQUIRE_EQUAL(told.size(), 1u);
  BOOST_TEST(told.front().title == "backfill of ann@example.com failed: it broke");
  BOOST_TEST(told.front().ended_at > 0);
  BOOST_TEST(told.front().waiting == 2);
}

BOOST_AUTO_TEST_SUITE_END()
