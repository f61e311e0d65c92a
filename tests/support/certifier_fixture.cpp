#include "tests/support/certifier_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>

namespace nova::test {
namespace {

using namespace std::chrono_literals;

constexpr sql::statement open_scopes{
  "open_scopes", "select count(*) from nova.mail_certifications k where k.due_at <= now() or "
                 "k.claimed_until > now()"};
constexpr sql::statement backfills_done{
  "backfills_done", "select count(*) from nova.mail_certifications k where k.scope = "
                    "'backfill' and k.due_at = 'infinity'"};
constexpr sql::statement states_but_verified{
  "states_but_verified", "select coalesce(string_agg(distinct c.state, ' '), '') from "
                         "nova.mail_certificates c where c.state <> 'verified'"};
constexpr sql::statement named{
  "named", "select exists (select from nova.mail_certificate_events e where case $1 "
           "when 'missing' then e.what -> 'missing' when 'extra' then e.what -> 'extra' "
           "else e.what -> 'differing' end ? $2)"};
constexpr sql::statement all_due{
  "all_due", "update nova.mail_certifications set due_at = now() where scope in ('recent', "
             "'month', 'year') or scope = 'again' and due_at < 'infinity'"};
constexpr sql::statement hour_passes{
  "hour_passes", "update flux_email_messages set refetch_at = refetch_at - interval '1 hour', "
                 "not_found_at = not_found_at - interval '1 hour' where not_found > 0"};
constexpr sql::statement lapse{
  "lapse", "update nova.mail_certifications set claimed_until = now() where claimed_until > now()"};

} // namespace

void no_death(const std::string& reason) {
  BOOST_ERROR("the node gave up: " + reason);
}

certifier_fixture::certifier_fixture(const simulator::options& mailbox) : node_fixture(mailbox) {}

app::node_settings certifier_fixture::quick() {
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

void certifier_fixture::backfill() {
  auto config = start_backfill(add_inbox());
  BOOST_REQUIRE(eventually([&] { return backfill_status(config) == "completed"; }));
  BOOST_REQUIRE(eventually([&] { return certified_backfills() == 1; }));
}

void certifier_fixture::make_all_due() {
  conn.exec(all_due);
}

void certifier_fixture::certify_all(std::chrono::seconds patience) {
  make_all_due();
  BOOST_REQUIRE(eventually([&] { return no_scope_is_open(); }, patience));
}

bool certifier_fixture::no_scope_is_open() {
  return count(open_scopes) == 0;
}

uint64_t certifier_fixture::certified_backfills() {
  return count(backfills_done);
}

void certifier_fixture::an_hour_passes() {
  conn.exec(hour_passes);
}

void certifier_fixture::claims_lapse() {
  conn.exec(lapse);
}

std::string certifier_fixture::other_states() {
  return text(states_but_verified);
}

bool certifier_fixture::names(const char* as, const std::string& id) {
  return conn.exec(named, as, id).value<bool>();
}

uint64_t certifier_fixture::count(const sql::statement& what) {
  return conn.exec(what).value<uint64_t>();
}

std::string certifier_fixture::text(const sql::statement& what) {
  return conn.exec(what).value<std::string>();
}

std::vector<simulator::message_record> certifier_fixture::mail() {
  std::vector<simulator::message_record> all;
  provider.visit_truth(grant(), [&](const simulator::message_record& message) {
    if (!message.draft)
      all.push_back(message);
  });
  std::ranges::sort(all, [](const auto& a, const auto& b) { return a.date > b.date; });
  return all;
}

simulator::grant_state& certifier_fixture::owner() {
  return *provider.state().find_grant(grant());
}

} // namespace nova::test
