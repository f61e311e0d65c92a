#include "mail/day_range.hpp"
#include "pg/email/add_inbox.hpp"
#include "pg/email/start_backfill.hpp"
#include "tests/support/node_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cstdlib>

using namespace nova;
using namespace std::chrono_literals;

namespace {

void no_death(const std::string& reason) {
  BOOST_ERROR("the node gave up: " + reason);
}

constexpr sql::statement open_scopes{
  "open_scopes", "select count(*) from nova.mail_certifications k where k.due_at <= now() or "
                 "k.claimed_until > now()"};
constexpr sql::statement certified_backfills{
  "certified_backfills", "select count(*) from nova.mail_certifications k where k.scope = "
                         "'backfill' and k.due_at = 'infinity'"};
constexpr sql::statement broken_days{
  "broken_days", "select count(*) from nova.mail_certificates where state = 'broken'"};
constexpr sql::statement ever_broken{
  "ever_broken", "select coalesce(string_agg(e.what::text, ' '), '') from "
                 "nova.mail_certificate_events e where e.what ->> 'state' = 'broken'"};
constexpr sql::statement other_states{"other_states",
                                      "select coalesce(string_agg(distinct c.state, ' '), '') from "
                                      "nova.mail_certificates c where c.state <> 'verified'"};
constexpr sql::statement named{
  "named", "select exists (select from nova.mail_certificate_events e where case $1 "
           "when 'missing' then e.what -> 'missing' when 'extra' then e.what -> 'extra' "
           "else e.what -> 'differing' end ? $2)"};
constexpr sql::statement all_due{
  "all_due", "update nova.mail_certifications set due_at = now() where scope in ('recent', "
             "'month', 'year') or scope = 'again' and due_at < 'infinity'"};
constexpr sql::statement an_hour_passes{
  "an_hour_passes", "update flux_email_messages set refetch_at = refetch_at - interval '1 hour', "
                    "not_found_at = not_found_at - interval '1 hour' where not_found > 0"};
constexpr sql::statement claims_lapse{
  "claims_lapse", "update nova.mail_certifications set claimed_until = now() where claimed_until "
                  "> now()"};
constexpr sql::statement verified_until{"verified_until",
                                        "select last_verified_at is not null from flux_inboxes"};
constexpr sql::statement change_a_byte{
  "change_a_byte", "update flux_email_messages set body = overlay(body placing '~' from 3 for 1) "
                   "where nylas_message_id = $1"};
constexpr sql::statement delete_a_row{
  "delete_a_row", "delete from flux_email_messages where nylas_message_id = $1"};

struct certifier_fixture : test::node_fixture {
  certifier_fixture() : node_fixture(test::a_mailbox(60, 3)) {}

  app::node_settings quick() {
    auto made = settings();
    made.reconcile.sweep_look = 200ms;
    made.certifier.look = 100ms;
    made.certifier.plan = 200ms;
    made.certifier.comparison.flight_limit = 1s;
    made.http.enabled = true;
    made.http.trust.secrets = {provider.webhook_secret()};
    made.listening = [this](const app::node_addresses& at) { address = at.http; };
    return made;
  }

  void backfill() {
    auto config = start_backfill(add_inbox());
    BOOST_REQUIRE(test::eventually([&] { return backfill_status(config) == "completed"; }));
    BOOST_REQUIRE(test::eventually([&] { return count(certified_backfills) == 1; }));
  }

  uint64_t count(const sql::statement& what) {
    return conn.exec(what).value<uint64_t>();
  }

  std::string text(const sql::statement& what) {
    return conn.exec(what).value<std::string>();
  }

  /// Makes every day due, and waits until nothing is.
  void certify_all() {
    conn.exec(all_due);
    BOOST_REQUIRE(test::eventually([&] { return count(open_scopes) == 0; }, 60s));
  }

  /// The messages of the mailbox, newest first.
  std::vector<simulator::message_record> mail() {
    std::vector<simulator::message_record> all;
    provider.visit_truth(grant(), [&](const simulator::message_record& message) {
      if (!message.draft)
        all.push_back(message);
    });
    std::ranges::sort(all, [](const auto& a, const auto& b) { return a.date > b.date; });
    return all;
  }

  bool names(const char* as, const std::string& id) {
    return conn.exec(named, as, id).value<bool>();
  }

  void answers_take(std::chrono::milliseconds latency) {
    auto next = provider.state().current();
    next.latency = latency;
    provider.state().change(next);
  }

  simulator::grant_state& owner() {
    return *provider.state().find_grant(grant());
  }

  std::string address;
};

/// Of every provider in turn; about four messages a thread.
simulator::options many_mailboxes(size_t count, uint64_t threads_min, uint64_t threads_max) {
  simulator::options options;
  options.settings.units_object = options.settings.units_list = 1; // prices are not what is tested
  options.grants.clear();
  const std::vector providers{simulator::provider::google, simulator::provider::microsoft,
                              simulator::provider::imap, simulator::provider::nylas};
  for (size_t i = 0; i < count; ++i) {
    simulator::grant_options grant;
    grant.provider = providers[i % providers.size()];
    // From the smallest to the largest, in steps that no divisor of the count repeats.
    grant.mailbox.threads = threads_min + (i * 7919) % (threads_max - threads_min + 1);
    options.grants.push_back(std::move(grant));
  }
  return options;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(certifier_test, certifier_fixture)

BOOST_AUTO_TEST_CASE(an_honest_mailbox_is_verified_day_by_day_and_the_inbox_with_it) {
  app::node node{quick(), no_death};
  backfill();
  certify_all();
  BOOST_TEST(text(ever_broken) == "");
  BOOST_TEST(text(other_states) == "");
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
  conn.exec(an_hour_passes);
  BOOST_TEST(
    test::eventually([&] { return test::differences(conn, provider, grant()).empty(); }, 30s));
  BOOST_TEST(test::differences(conn, provider, grant()) == std::vector<std::string>{},
             boost::test_tools::per_element());
  certify_all();
  BOOST_TEST(text(other_states) == "");
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
  BOOST_TEST(text(other_states) == "");
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
    conn.exec(all_due);
    BOOST_REQUIRE(test::eventually([&] {
      const sql::statement under_way{
        "under_way", "select count(*) from nova.mail_certifications where cursor <> ''"};
      return count(under_way) > 0;
    }));
  }
  answers_take(0ms);
  conn.exec(claims_lapse);
  app::node node{small_pages, no_death};
  BOOST_REQUIRE(test::eventually([&] { return names("missing", deleted); }, 30s));
  BOOST_TEST(
    test::eventually([&] { return test::differences(conn, provider, grant()).empty(); }, 30s));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(certifier_soak)

/// A dozen mailboxes; with NOVA_SOAK a thousand of all sizes.
BOOST_AUTO_TEST_CASE(no_day_of_honest_mailboxes_is_broken_whoever_provides_them) {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing sets it
  const bool soak = std::getenv("NOVA_SOAK") != nullptr;
  test::node_fixture f{soak ? many_mailboxes(1000, 30, 600) : many_mailboxes(12, 10, 40)};
  auto quick = f.settings();
  quick.reconcile.sweep_look = 200ms;
  quick.certifier.look = 100ms;
  quick.certifier.plan = 200ms;
  app::node node{quick, no_death};
  std::vector<config_id> backfills;
  for (const auto& grant : f.provider.state().grants()) {
    auto inbox = pg::add_inbox{grant->email, grant_id{grant->id}, to_string(grant->provider)};
    auto now = base::seconds_of(base::wall_now());
    backfills.push_back(
      pg::start_backfill{inbox.run(f.conn).id, now - 364 * day_seconds, now}.run(f.conn));
  }
  auto patience = soak ? 3600s : 60s;
  BOOST_REQUIRE(test::eventually(
    [&] { return f.conn.exec(certified_backfills).value<uint64_t>() == backfills.size(); },
    patience));
  f.conn.exec(all_due);
  BOOST_REQUIRE(
    test::eventually([&] { return f.conn.exec(open_scopes).value<uint64_t>() == 0; }, patience));
  BOOST_TEST(f.conn.exec(ever_broken).value<std::string>().substr(0, 500) == "");
  // Mail that Nylas no longer lists for IMAP cannot be proved; all else is.
  auto others = f.conn.exec(other_states).value<std::string>();
  BOOST_TEST((others == "" || others == "unprovable"), others);
}

BOOST_AUTO_TEST_SUITE_END()
