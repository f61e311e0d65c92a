#include "pg/error.hpp"
#include "pg/integrations/claim_sync_retries.hpp"
#include "pg/integrations/close_lost_syncs.hpp"
#include "pg/integrations/find_sync_retry.hpp"
#include "pg/integrations/finish_sync.hpp"
#include "pg/integrations/list_sync_alerts.hpp"
#include "pg/integrations/list_sync_history.hpp"
#include "pg/integrations/list_sync_retries.hpp"
#include "pg/integrations/schedule_sync_retry.hpp"
#include "pg/integrations/start_sync.hpp"
#include "pg/integrations/update_sync_watermark.hpp"
#include "tests/support/database_fixture.hpp"

#include <boost/test/unit_test.hpp>

using namespace nova;
using namespace std::chrono_literals;

namespace {

constexpr auto contacts = "00000000-0000-0000-0000-0000000000a1";

struct fixture : test::database_fixture {
  fixture() {
    conn.run("insert into integration_configs (id, name, provider, alert_emails) values "
             "('00000000-0000-0000-0000-00000000000a', 'crm', 'acme', array['ops@example.com'])");
    conn.run("insert into integration_sync_configs (id, integration_id, stream) values "
             "('00000000-0000-0000-0000-0000000000a1', '00000000-0000-0000-0000-00000000000a', "
             "'contacts')");
  }

  pg::sync_claim start(int32_t max_retries = 1) {
    return perform(pg::start_sync{contacts, {"worker"}, "test", max_retries});
  }

  /// A run that failed; its retry waits.
  pg::sync_claim fail() {
    auto claim = start();
    perform(pg::finish_sync{claim, "failed", 5, 0, 5, "no route"});
    return claim;
  }

  void make_due() {
    conn.run("update integration_sync_history set retry_at = now() where status = 'pending'");
  }
};

auto refused_with(const char* sqlstate) {
  return [sqlstate](const pg::error& e) {
    return e.kind() == pg::failure::refused && e.sqlstate() == sqlstate;
  };
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(integrations_test, fixture)

BOOST_AUTO_TEST_CASE(a_run_is_in_the_history_with_what_it_did) {
  auto claim = start();
  BOOST_TEST(perform(pg::finish_sync{claim, "succeeded", 12, 10, 2, {}}) == "accepted");

  auto runs = perform(pg::list_sync_history{contacts, "succeeded", 10});

  BOOST_REQUIRE(runs.size() == 1u);
  BOOST_TEST(runs[0].id == claim.id);
  BOOST_TEST(runs[0].integration == "crm");
  BOOST_TEST(runs[0].stream == "contacts");
  BOOST_TEST(runs[0].triggered_by == "test");
  BOOST_TEST(runs[0].records_written == 10);
  BOOST_TEST(runs[0].records_failed == 2);
  BOOST_TEST(runs[0].started_at > 1'700'000'000);
  BOOST_TEST(runs[0].finished_at >= runs[0].started_at);
  BOOST_TEST(perform(pg::list_sync_history{contacts, "failed", 10}).empty());
  BOOST_TEST(perform(pg::list_sync_history{"", "", 10}).size() == 1u);
}

BOOST_AUTO_TEST_CASE(only_one_run_of_a_configuration_is_under_way) {
  start();
  BOOST_CHECK_EXCEPTION(start(), pg::error, refused_with("NV035"));
}

BOOST_AUTO_TEST_CASE(a_failed_run_has_one_retry_however_often_it_is_asked_for) {
  auto claim = fail();

  auto first = perform(pg::schedule_sync_retry{claim.id});
  auto second = perform(pg::schedule_sync_retry{claim.id});

  BOOST_TEST(first == second);
  auto retry = perform(pg::find_sync_retry{first});
  BOOST_TEST(retry.retry_count == 1);
  auto waiting = perform(pg::list_sync_retries{false, 10});
  BOOST_REQUIRE(waiting.size() == 1u);
  BOOST_TEST(waiting[0].original_id == claim.id);
  BOOST_TEST(waiting[0].retry_at == retry.retry_at);
  BOOST_TEST(!waiting[0].due);
  BOOST_TEST(perform(pg::list_sync_retries{true, 10}).empty());
}

BOOST_AUTO_TEST_CASE(a_retry_that_is_due_is_claimed_once_and_ends_with_its_token) {
  auto original = fail();
  make_due();
  BOOST_TEST(perform(pg::list_sync_retries{true, 10}).size() == 1u);

  auto claimed = perform(pg::claim_sync_retries{{"worker"}, 10});
  BOOST_REQUIRE(claimed.size() == 1u);
  BOOST_TEST(claimed[0].original_id == original.id);
  BOOST_TEST(claimed[0].config_id == contacts);
  BOOST_TEST(perform(pg::claim_sync_retries{{"worker"}, 10}).empty());

  auto stale = claimed[0].claim;
  --stale.token;
  BOOST_TEST(perform(pg::finish_sync{stale, "succeeded", 0, 0, 0, {}}) == "stale");
  BOOST_TEST(perform(pg::finish_sync{claimed[0].claim, "failed", 0, 0, 0, "again"}) == "accepted");
}

BOOST_AUTO_TEST_CASE(beyond_the_last_retry_it_is_refused_and_told) {
  fail();
  make_due();
  auto claimed = perform(pg::claim_sync_retries{{"worker"}, 10});
  BOOST_REQUIRE(claimed.size() == 1u);
  perform(pg::finish_sync{claimed[0].claim, "failed", 0, 0, 0, "again"});

  BOOST_CHECK_EXCEPTION(perform(pg::schedule_sync_retry{claimed[0].claim.id}), pg::error,
                        refused_with("NV032"));

  auto alerts = perform(pg::list_sync_alerts{"pending", 10});
  BOOST_REQUIRE(alerts.size() == 1u);
  BOOST_TEST(alerts[0].type == "failure");
  BOOST_TEST(alerts[0].recipient == "ops@example.com");
  BOOST_TEST(alerts[0].sent_at == 0);
}

BOOST_AUTO_TEST_CASE(a_run_whose_worker_is_lost_fails) {
  perform(pg::start_sync{contacts, {"worker", -1s}});

  BOOST_TEST(perform(pg::close_lost_syncs{}) == 1u);

  auto failed = perform(pg::list_sync_history{"", "failed", 10});
  BOOST_REQUIRE(failed.size() == 1u);
  BOOST_TEST(failed[0].error == "worker lost: worker");
}

BOOST_AUTO_TEST_CASE(a_watermark_says_whether_it_moved) {
  BOOST_TEST(perform(pg::update_sync_watermark{contacts, "2026-01-02"}) == "advanced");
  BOOST_TEST(perform(pg::update_sync_watermark{contacts, "2026-01-02"}) == "unchanged");
  BOOST_TEST(perform(pg::update_sync_watermark{contacts, "2026-01-01"}) == "behind");
  BOOST_CHECK_EXCEPTION(perform(pg::update_sync_watermark{contacts, "soon"}), pg::error,
                        refused_with("22007"));
}

BOOST_AUTO_TEST_SUITE_END()
