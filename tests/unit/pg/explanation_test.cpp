#include "pg/explanation.hpp"

#include "base/ensure.hpp"
#include "schema/queries.hpp"
#include "tests/unit/pg/look_fixture.hpp"

#include <boost/test/data/test_case.hpp>

#include <algorithm>
#include <regex>
#include <string>

using namespace nova;
using test::state_case;

namespace {

/// A node that can call and work.
std::string node(const std::string& name, const std::string& role) {
  return "insert into nova.cluster_nodes (epoch, state, name, roles, lease_until) values (1, 'up', "
         "'"
         + name + "', '{" + role + "}', clock_timestamp() + interval '1 hour');";
}

std::string outage(const std::string& scope, const std::string& subject, const std::string& error) {
  return "insert into nova.provider_outages (scope, subject, last_error) values ('" + scope + "', '"
         + subject + "', '" + error + "');";
}

std::string pause(const std::string& what, const std::string& why) {
  return "select nova.set_setting('paused." + what + "', 'true', 'eve', '" + why + "');";
}

/// What the backfill stands on.
const state_case of_grounds[] = {
  {"the_provider_answers", "", "ok api: Nylas answers -> "},
  {"a_key_is_refused",
   outage("network", "n1", "no route") + outage("application", "n2", "HTTP 401"),
   "BLOCKS api: provider unreachable from n1 (network): no route; provider unreachable from n2 "
   "(its NYLAS_API_KEY is refused): HTTP 401 -> set NYLAS_API_KEY there, start it again"},
  {"the_network_is_away", outage("network", "n1", "no route"),
   "BLOCKS api: provider unreachable from n1 (network): no route -> nova doctor"},
  {"another_node_can_call", outage("network", "n1", "no route") + node("n2", "threads"),
   "ok api: provider unreachable from n1 (network): no route -> "},
  {"the_grant_is_valid", "", "ok grant: google grant grant-1 is valid -> "},
  {"the_grant_is_expired",
   "update flux_inboxes set status = 'auth_expired', status_reason = 'grant.expired'",
   "BLOCKS grant: the inbox is auth_expired: grant.expired -> have ann@example.com authorise "
   "again; "
   "grant.updated resumes it"},
  {"the_inbox_is_disabled", "update flux_inboxes set status = 'disabled'",
   "BLOCKS grant: the inbox is disabled -> have ann@example.com authorise again; grant.updated "
   "resumes it"},
  {"the_mailbox_is_away", outage("grant", "grant-1", "HTTP 502"),
   "BLOCKS grant: provider unreachable, this mailbox alone: HTTP 502 -> nothing: it is probed and "
   "goes on by itself"},
  {"the_backfill_runs", "", "ok backfill: the backfill is thread_sync -> "},
  {"the_backfill_failed", "select nova.move_backfill('{config}', 'failed', 'eve', 'no windows')",
   "BLOCKS backfill: the backfill is failed: no windows -> retry backfill:{config}"},
  {"the_backfill_is_paused", "select nova.move_backfill('{config}', 'paused', 'eve')",
   "BLOCKS backfill: the backfill is paused -> resume backfill:{config}"},
  {"the_backfill_is_cancelled", "select nova.move_backfill('{config}', 'cancelled', 'eve')",
   "BLOCKS backfill: the backfill is cancelled -> progress {config}"},
  {"the_queue_is_read", "", "ok queue: queue inbox_backfill_jobs is read -> "},
  {"the_queue_is_paused", pause("queue.inbox_backfill_jobs", "quota"),
   "BLOCKS queue: queue.inbox_backfill_jobs is paused by eve: quota -> resume "
   "queue:inbox_backfill_jobs (or threads)"},
  {"the_threads_are_paused", pause("threads", ""),
   "BLOCKS queue: threads is paused by eve -> resume queue:inbox_backfill_jobs (or threads)"},
  {"a_pause_is_over", pause("threads", "") + "update nova.settings set revert_at = now()",
   "ok queue: threads is paused by eve -> "},
  {"nodes_have_the_role", node("n2", "threads") + node("n1", "threads"),
   "ok nodes: role threads: n1, n2 -> "},
  {"no_node_has_the_role", node("n1", "webhooks"),
   "BLOCKS nodes: role threads: no living node has it -> start one: nova run --roles threads"},
  {"only_drained_nodes_have_the_role",
   node("n2", "threads") + node("n1", "threads")
     + "select nova.drain_node('n1', 'eve'), nova.drain_node('n2', 'eve')",
   "BLOCKS nodes: role threads: only drained nodes have it: n1, n2 -> undrain n1"},
  {"nobody_lists",
   "update flux_inbox_configurations set discovery_done = false;" + node("n1", "threads"),
   "BLOCKS nodes: role backfill: no living node has it -> start one: nova run --roles backfill"},
};

const std::string waiting = "update queued_threads set next_attempt_at = '2999-01-02 03:04:05'";
const std::string claimed = "update queued_threads set status = 'processing', claim_token = 1, "
                            "claim_epoch = 1, claim_node = 'n1', claimed_at = clock_timestamp()";

/// What it does.
const state_case of_work[] = {
  {"all_is_listed", "", "ok discovery: every window is listed, 2 threads -> "},
  {"a_part_could_not_be_had",
   "select nova.add_gap('{config}', 'window', now(), now(), 'too old'),"
   "nova.add_gap('{config}', 'folder', now(), now(), 'no such folder', 'f')",
   "BLOCKS discovery: partial: ? parts could not be had; window: too old -> trace config {config}"},
  {"listing_fails",
   "update flux_inbox_configurations set discovery_done = false, attempts = 2, error_message = "
   "'HTTP 500'",
   "BLOCKS discovery: 2 failed attempts: HTTP 500 -> trace config {config}"},
  {"listing_fails_without_a_reason",
   "update flux_inbox_configurations set discovery_done = false, attempts = 2",
   "BLOCKS discovery: 2 failed attempts:  -> trace config {config}"},
  {"windows_are_being_listed",
   "update flux_inbox_configurations set discovery_done = false;"
   "insert into backfill_windows (config_id, window_start, window_end) values ('{config}', "
   "'2001-01-01', '2001-01-02')",
   "ok discovery: 1 of 2 windows listed -> "},
  {"nothing_waits", "", "ok provider: nothing waits for the provider -> "},
  {"some_threads_wait", waiting + " where thread_id = 't1'",
   "ok provider: 1 threads wait until 03:04:05 -> "},
  {"all_threads_wait", waiting + ", error_message = 'no luck'",
   "BLOCKS provider: 2 threads wait until 03:04:05: no luck -> grants grant-1"},
  {"a_thread_is_throttled", waiting + ", error_message = 'HTTP 429 slow' where thread_id = 't1'",
   "BLOCKS provider: 1 threads wait until 03:04:05, throttled by the provider: HTTP 429 slow -> "
   "grants grant-1"},
  {"nothing_is_claimed", "", "ok claims: 0 claimed, 2 due -> "},
  {"threads_are_claimed", claimed + " where thread_id = 't1'",
   "ok claims: 1 claimed, 1 due; the oldest claim is of n1 -> "},
  {"a_claim_is_old", claimed + " - interval '3 minutes'",
   "BLOCKS claims: 2 claimed, 0 due; the oldest claim is of n1 -> claims"},
  {"all_is_written",
   "update queued_threads set status = 'completed'; select nova.try_complete_backfill('{config}')",
   "ok rows: 2 of 2 threads written, 0 failed -> "},
  {"a_thread_failed", "update queued_threads set status = 'failed' where thread_id = 't1'",
   "BLOCKS rows: 0 of 2 threads written, 1 failed -> retry backfill:{config} (see dead-letters)"},
};

struct fixture : test::look_fixture {
  /// The step that `says` names says so; of two of one name, the first.
  void expect_step(const state_case& one) {
    if (!one.change.empty())
      change(one.change);
    auto step_of = [](const std::string& line) {
      auto begin = line.find(' ') + 1;
      return line.substr(begin, line.find(':', begin) - begin);
    };
    auto steps = look("explain");
    auto found = std::find_if(steps.begin(), steps.end(),
                              [&](const auto& line) { return step_of(line) == step_of(one.says); });
    BOOST_TEST_REQUIRE((found != steps.end()));
    expect(*found, one.says);
  }

  std::string steps(int64_t limit = 100) {
    std::string all;
    for (const auto& line : look("explain", limit))
      all += line.substr(0, line.find(':')) + "; ";
    return all;
  }
};

} // namespace

BOOST_AUTO_TEST_SUITE(explanation_test)

BOOST_DATA_TEST_CASE_F(fixture, what_a_backfill_stands_on_is_told,
                       boost::unit_test::data::make(of_grounds), one) {
  expect_step(one);
}

BOOST_DATA_TEST_CASE_F(fixture, what_a_backfill_does_is_told, boost::unit_test::data::make(of_work),
                       one) {
  expect_step(one);
}

BOOST_AUTO_TEST_CASE(every_kind_that_sql_returns_has_its_sentence) {
  const std::regex kind{"'([a-z_]+/[a-z_]+)'"};
  for (const auto* query : {&sql::explain_grounds, &sql::explain_work}) {
    std::string text = query->text;
    std::sregex_iterator found{text.begin(), text.end(), kind}, none;
    BOOST_TEST((found != none), query->name);
    for (; found != none; ++found)
      BOOST_TEST(pg::sentence_of_step((*found)[1].str()).kind == (*found)[1].str());
  }
  BOOST_CHECK_THROW(pg::sentence_of_step("api/unheard_of"), base::broken_promise);
}

BOOST_FIXTURE_TEST_CASE(the_chain_goes_from_the_provider_to_the_row, fixture) {
  BOOST_TEST(steps()
             == "ok api; ok grant; ok backfill; ok queue; ok discovery; ok provider; "
                "ok claims; ok rows; ");
  change(node("n1", "threads") + "update flux_inbox_configurations set discovery_done = false");
  BOOST_TEST(steps()
             == "ok api; ok grant; ok backfill; ok queue; BLOCKS nodes; ok nodes; "
                "ok discovery; ok provider; ok claims; ok rows; ");
}

BOOST_FIXTURE_TEST_CASE(a_complete_backfill_needs_nobody, fixture) {
  change("update queued_threads set status = 'completed';"
         "select nova.try_complete_backfill('{config}');"
         + node("n1", "webhooks"));

  BOOST_TEST(steps() == "ok api; ok grant; ok backfill; ok discovery; ok rows; ");
}

BOOST_FIXTURE_TEST_CASE(the_first_that_is_not_ok_blocks_and_the_others_wait, fixture) {
  change("update flux_inboxes set status = 'disabled';" + pause("threads", "")
         + "update queued_threads set status = 'failed' where thread_id = 't1'");

  BOOST_TEST(steps()
             == "ok api; BLOCKS grant; ok backfill; waits queue; ok discovery; "
                "ok provider; ok claims; waits rows; ");
  BOOST_TEST(steps(2) == "ok api; BLOCKS grant; ");
}

BOOST_FIXTURE_TEST_CASE(of_two_roles_that_nobody_has_both_block, fixture) {
  change(node("n1", "webhooks") + "update flux_inbox_configurations set discovery_done = false");

  BOOST_TEST(steps()
             == "ok api; ok grant; ok backfill; ok queue; BLOCKS nodes; BLOCKS nodes; "
                "ok discovery; ok provider; ok claims; ok rows; ");
}

BOOST_FIXTURE_TEST_CASE(of_a_backfill_that_is_not_there_nothing_is_told, fixture) {
  config = "nonsense";
  BOOST_TEST(pg::look(conn, "explain", config, 100) == "[]");
}

BOOST_FIXTURE_TEST_CASE(a_step_is_written_as_postgresql_writes_jsonb, fixture) {
  auto since = value("select to_jsonb(status_changed_at)::text from flux_inboxes");

  BOOST_TEST(pg::look(conn, "explain", config, 2)
             == R"([{"next": "", "step": "api", "text": "Nylas answers", "since": null, )"
                R"("state": "ok"}, {"next": "", "step": "grant", "text": )"
                R"("google grant grant-1 is valid", "since": )"
                  + since + R"(, "state": "ok"}])");
}

BOOST_AUTO_TEST_SUITE_END()
