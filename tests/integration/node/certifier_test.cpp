#include "tests/support/certifier_fixture.hpp"

#include <boost/test/unit_test.hpp>

using namespace nova;
using namespace std::chrono_literals;

using test::no_death;

namespace {

constexpr sql::statement ever_broken{
  "ever_broken", "select coalesce(string_agg(e.what::text, ' '), '') from "
                 "nova.mail_certificate_events e where e.what ->> 'state' = 'broken'"};
constexpr sql::statement verified_until{"verified_until",
                                        "select last_verified_at is not null from flux_inboxes"};
constexpr sql::statement change_a_byte{
  "change_a_byte", "update flux_email_messages set body = overlay(body placing '~' from 3 for 1) "
                   "where nylas_message_id = $1"};
constexpr sql::statement delete_a_row{
  "delete_a_row", "delete from flux_email_messages where nylas_message_id = $1"};

constexpr sql::statement status_of_endpoint{
  "status_of_endpoint",
  "select coalesce(string_agg(e.status, ' '), '') from nova.webhook_endpoints e"};

struct answers_fixture : test::certifier_fixture {
  void answers_take(std::chrono::milliseconds latency) {
    auto next = provider.state().current();
    next.latency = latency;
    provider.state().change(next);
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(certifier_test, answers_fixture)

BOOST_AUTO_TEST_CASE(an_honest_mailbox_is_verified_day_by_day_and_the_inbox_with_it) {
  app::node node{quick(), no_death};
  backfill();
  certify_all();
  BOOST_TEST(text(ever_broken) == "");
  BOOST_TEST(other_states() == "");
  BOOST_TEST(conn.exec(verified_until).value<bool>());
}

BOOST_AUTO_TEST_CASE(what_nobody_tells_of_is_named_and_mended) {
  app::node node{quick(), no_death};
  backfill();
  auto before = mail();
  auto quiet = provider.change().quiet();
  auto day_of = [](int64_t days) {
    return std::chrono::duration_cast<std::chrono::seconds>(base::wall_now().time_since_epoch()
                                                            - std::chrono::hours{24 * days})
      .count();
  };
  std::vector<std::string> created;
  for (int64_t age : {0, 12, 100}) {
    simulator::new_message lost;
    lost.subject = "nobody was told";
    lost.date = day_of(age);
    created.push_back(quiet.create(owner(), lost)->id);
  }
  auto edited = before[before.size() / 2].id, deleted = before[before.size() / 3].id;
  auto changed = before.back().id, removed = before[before.size() - 20].id;
  quiet.edit(owner(), edited, {{}, {}, {}, !before[before.size() / 2].unread, {}});
  quiet.remove(owner(), deleted);
  conn.exec(change_a_byte, changed);
  conn.exec(delete_a_row, removed);

  certify_all();
  for (const auto& id : created)
    BOOST_TEST(names("missing", id));
  BOOST_TEST(names("missing", removed));
  BOOST_TEST(names("differing", edited));
  BOOST_TEST(names("differing", changed));
  BOOST_TEST(names("extra", deleted));

  // What is missing and differs is mended by then; what is gone after a second look an hour later.
  an_hour_passes();
  BOOST_TEST(
    test::eventually([&] { return test::differences(conn, provider, grant()).empty(); }, 30s));
  BOOST_TEST(test::differences(conn, provider, grant()) == std::vector<std::string>{},
             boost::test_tools::per_element());
  certify_all();
  BOOST_TEST(other_states() == "");
}

BOOST_AUTO_TEST_CASE(mail_that_changes_while_it_is_compared_is_no_false_alarm) {
  auto patient = quick();
  patient.certifier.comparison.flight_limit = 5s; // a notification that says half is read again
  app::node node{patient, no_death};
  backfill();
  BOOST_REQUIRE(test::eventually([&] { return !address.empty(); }));
  provider.add_webhook_target("http://" + address + "/webhooks/nylas");
  simulator::live_options live;
  live.rate = 50;
  live.count = 400;
  BOOST_REQUIRE(provider.start_live(live));
  while (provider.live().progress().running)
    certify_all();
  BOOST_TEST(text(ever_broken) == "");
  BOOST_TEST(
    test::eventually([&] { return test::differences(conn, provider, grant()).empty(); }, 30s));
  certify_all();
  BOOST_TEST(other_states() == "");
}

BOOST_AUTO_TEST_CASE(a_comparison_that_is_cut_off_verifies_nothing_and_is_gone_on_with) {
  auto small_pages = quick();
  small_pages.certifier.comparison.listing.page_limit = 5;
  auto deleted = std::string{};
  {
    app::node node{small_pages, no_death};
    backfill();
    deleted = mail().front().id;
    conn.exec(delete_a_row, deleted);
    answers_take(50ms);
    make_all_due();
    BOOST_REQUIRE(test::eventually([&] {
      const sql::statement under_way{
        "under_way", "select count(*) from nova.mail_certifications where cursor <> ''"};
      return count(under_way) > 0;
    }));
  }
  answers_take(0ms);
  claims_lapse();
  app::node node{small_pages, no_death};
  BOOST_REQUIRE(test::eventually([&] { return names("missing", deleted); }, 30s));
  BOOST_TEST(
    test::eventually([&] { return test::differences(conn, provider, grant()).empty(); }, 30s));
}

BOOST_AUTO_TEST_CASE(what_an_endpoint_missed_while_it_was_failed_is_looked_for) {
  auto watching = quick();
  watching.endpoints.first = watching.endpoints.look = 100ms;
  app::node node{watching, no_death};
  backfill();
  BOOST_REQUIRE(test::eventually([&] { return !address.empty(); }));
  auto hook = provider.add_webhook_target("http://" + address + "/webhooks/nylas");
  certify_all();
  auto is_seen = [&](const std::string& status) {
    return test::eventually([&] { return text(status_of_endpoint) == status; });
  };
  BOOST_REQUIRE(is_seen("active"));
  provider.webhooks().change(hook, [](simulator::destination& one) {
    auto then = std::chrono::steady_clock::now();
    for (auto after : {0min, 20min, 73 * 60min})
      one.health.record(false, then + after);
  });
  BOOST_REQUIRE(is_seen("failed"));
  BOOST_REQUIRE(test::eventually([&] { return no_scope_is_open(); }));

  // Nobody is told of this, and sweeps do not reach back so far.
  auto before = mail();
  auto edited = std::ranges::find_if(before, [](const auto& one) {
    return one.date < base::seconds_of(base::wall_now()) - 10 * 86'400;
  });
  BOOST_REQUIRE((edited != before.end()));
  provider.change().edit(owner(), edited->id, {{}, {}, {}, !edited->unread, {}});
  BOOST_TEST(provider.webhooks().statistics().dropped > 0u);
  BOOST_TEST(!names("differing", edited->id));
  provider.webhooks().change(hook, [](simulator::destination& one) { one.health.activate(); });

  BOOST_TEST(test::eventually([&] { return names("differing", edited->id); }, 30s));
  BOOST_TEST(
    test::eventually([&] { return test::differences(conn, provider, grant()).empty(); }, 30s));
}

BOOST_AUTO_TEST_SUITE_END()
