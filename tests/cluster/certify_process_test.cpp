#include "app/program.hpp"
#include "app/verification.hpp"
#include "tests/cluster/node_process.hpp"
#include "tests/support/certifier_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <sstream>

using namespace nova;
using namespace std::chrono_literals;

namespace {

constexpr sql::statement forget_certificates{
  "forget_certificates", "update nova.mail_certificates set state = 'unknown', verified_at = null"};
constexpr sql::statement verified_days{
  "verified_days", "select count(*) from nova.mail_certificates where state = 'verified'"};
constexpr sql::statement listed_so_far{"listed_so_far", "select count(*) from nova.mail_listed"};
constexpr sql::statement under_way{
  "under_way", "select count(*) from nova.mail_comparisons where ended_at is null"};
constexpr sql::statement newest_message{
  "newest_message", "select nylas_message_id from flux_email_messages order by message_date desc, "
                    "nylas_message_id limit 1"};
constexpr sql::statement delete_it{"delete_it",
                                   "delete from flux_email_messages where nylas_message_id = $1"};
constexpr sql::statement ever_broken_days{
  "ever_broken_days", "select coalesce(string_agg(e.what::text, ' '), '') from "
                      "nova.mail_certificate_events e where e.what ->> 'state' = 'broken'"};

struct certify_process_fixture : test::certifier_fixture {
  certify_process_fixture() : certifier_fixture(test::a_mailbox(400, 3)) {}

  [[nodiscard]] std::map<std::string, std::string> environment() const {
    return {{"DATABASE_URL", url()},
            {"NYLAS_API_URI", provider.url()},
            {"NYLAS_API_KEY", provider.api_key()},
            {"LOG_LEVEL", "off"}};
  }

  int certify(std::string& said) {
    std::ostringstream out, err;
    auto code =
      app::run_program({"certify", "owner@example.com", "--json"}, environment(), out, err);
    said = out.str() + err.str();
    return code;
  }

  void answers_take(std::chrono::milliseconds latency) {
    auto next = provider.state().current();
    next.latency = latency;
    provider.state().change(next);
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(certify_process_test, certify_process_fixture)

BOOST_AUTO_TEST_CASE(a_certify_that_is_killed_anywhere_verifies_nothing) {
  app::verification_scope all{inbox_id{add_inbox()}, grant(), {}, "test", true, {}};
  auto brought = app::verify_mailbox(conn, settings().api, all);
  BOOST_REQUIRE(brought.messages > 1000u);
  auto lost = conn.exec(newest_message).value<std::string>();
  conn.exec(delete_it, lost);
  conn.exec(forget_certificates);
  answers_take(100ms);
  const test::temporary_folder folder;

  for (uint64_t listed = 0; listed < brought.messages; listed += 300) {
    app::child_process command{
      {"certify", "owner@example.com"}, environment(), folder.path() + "/log"};
    BOOST_REQUIRE(test::eventually(
      [&] { return listed == 0 ? count(under_way) > 0 : count(listed_so_far) >= listed; }));
    BOOST_REQUIRE(command.running());
    command.kill();
    BOOST_TEST(count(verified_days) == 0u);
    conn.exec({"forget_listed", "delete from nova.mail_comparisons"});
  }

  answers_take(0ms);
  std::string said;
  BOOST_TEST(certify(said) == 1, said);
  BOOST_TEST(names("missing", lost));
  BOOST_TEST(count(verified_days) > 300u); // all but that one
}

BOOST_AUTO_TEST_CASE(mail_that_changes_while_a_year_is_certified_is_no_false_alarm) {
  auto patient = quick();
  patient.certifier.enabled = false;
  patient.cluster.enabled = true; // a command sees by its row that a node writes
  patient.cluster.linked = false;
  app::node node{patient, test::no_death};
  auto config = start_backfill(add_inbox());
  BOOST_REQUIRE(test::eventually([&] { return backfill_status(config) == "completed"; }));
  BOOST_REQUIRE(test::eventually([&] { return !address.empty(); }));
  provider.add_webhook_target("http://" + address + "/webhooks/nylas");
  simulator::live_options live;
  live.rate = 50;
  live.count = 600;
  BOOST_REQUIRE(provider.start_live(live));

  std::string said;
  int listings = 0;
  for (; provider.live().progress().running; ++listings) {
    certify(said);
    BOOST_TEST(said.find("\"broken\":0") != std::string::npos, said);
  }

  BOOST_TEST(listings > 0);
  BOOST_TEST(text(ever_broken_days) == "");
  BOOST_REQUIRE(
    test::eventually([&] { return test::differences(conn, provider, grant()).empty(); }, 30s));
  BOOST_TEST(certify(said) == 0, said);
}

BOOST_AUTO_TEST_SUITE_END()
