#include "tests/cluster/node_process.hpp"
#include "tests/support/certifier_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <tuple>

using namespace nova;
using namespace std::chrono_literals;
using test::eventually;
using test::node_process;

namespace {

constexpr sql::statement delete_row{"delete_row",
                                    "delete from flux_email_messages where nylas_message_id = $1"};
constexpr sql::statement only_the_year_is_due{
  "only_the_year_is_due",
  "update nova.mail_certifications set due_at = case scope when 'year' "
  "then now() else 'infinity' end, claimed_until = null, done_until = now()"};
constexpr sql::statement plan{"plan", "select nova.plan_certifications()"};
constexpr sql::statement is_swept{
  "is_swept", "select count(*) from flux_inboxes where swept_until is not null"};
constexpr sql::statement is_claimed{
  "is_claimed", "select count(*) from nova.mail_certifications where scope = 'year' and "
                "claimed_until > now() and comparison_id is not null"};
constexpr sql::statement is_listed{
  "is_listed", "select count(*) from nova.mail_certifications where cursor <> ''"};
/// Days that a comparison since then found equal though the row is not there.
constexpr sql::statement wrongly_verified{
  "wrongly_verified",
  "select count(*) from nova.mail_certificates c where c.state = 'verified' and c.compared_at > "
  "$1::timestamptz and c.day = $2::date and not exists (select from flux_email_messages m where "
  "m.nylas_message_id = $3)"};
constexpr sql::statement now_text{"now_text", "select now()::text"};

/// Some ten pages of what is older than a month, each of which takes a while.
simulator::options long_list() {
  auto options = test::a_mailbox(700, 3);
  options.settings.latency = 150ms;
  return options;
}

} // namespace

BOOST_AUTO_TEST_SUITE(certification_test)

BOOST_AUTO_TEST_CASE(a_node_that_is_killed_anywhere_in_a_comparison_verifies_nothing_wrong) {
  test::certifier_fixture f{long_list()};
  const std::map<std::string, std::string> how{{"BACKFILL_STRATEGY", "messages"}};
  auto config = f.start_backfill(f.add_inbox());
  {
    const node_process first{f, "n0", how};
    BOOST_REQUIRE(eventually([&] { return f.backfill_status(config) == "completed"; }, 60s));
    BOOST_REQUIRE(eventually([&] { return f.count(is_swept) == 1; }));
  }
  auto deleted_at = f.text(now_text);
  auto deleted = f.mail().back(); // the oldest one, which the list comes to last
  auto day = std::to_string(deleted.date / 86'400) + " days";
  f.conn.exec(delete_row, deleted.id);
  auto lies = [&] {
    const sql::statement day_text{"day_text", "select (date '1970-01-01' + $1::interval)::text"};
    auto which = f.conn.exec(day_text, day).value<std::string>();
    return f.conn.exec(wrongly_verified, deleted_at, which, deleted.id).value<uint64_t>();
  };
  f.conn.exec(plan);
  f.conn.exec(only_the_year_is_due);

  // While it begins, lists, and waits at its end for what may be on its way.
  for (auto [name, waits_for, lives] : {std::tuple{"n1", &is_claimed, 0ms},
                                        {"n2", &is_listed, 0ms},
                                        {"n3", &is_listed, 700ms},
                                        {"n4", &is_claimed, 5000ms}}) {
    const node_process node{f, name, how};
    BOOST_TEST_REQUIRE(eventually([&] { return f.count(*waits_for) > 0; }, 30s), name);
    auto until = std::chrono::steady_clock::now() + lives;
    eventually([&] { return lies() > 0 || std::chrono::steady_clock::now() >= until; }, 10s);
    BOOST_TEST_REQUIRE(node.freeze());
    node.signal(SIGKILL);
    BOOST_TEST(lies() == 0u, name);
    BOOST_TEST(!f.names("missing", deleted.id), name);
    f.claims_lapse();
  }

  const node_process last{f, "n5", how};
  BOOST_TEST(eventually([&] { return lies() > 0 || f.names("missing", deleted.id); }, 60s));
  BOOST_TEST(lies() == 0u);
  BOOST_TEST(eventually(
    [&] { return test::differences(f.conn, f.provider, f.grant()).empty() || lies() > 0; }, 30s));
  BOOST_TEST(lies() == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
