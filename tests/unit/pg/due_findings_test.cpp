#include "tests/unit/pg/look_fixture.hpp"

#include <boost/test/data/test_case.hpp>

#include <string>

using namespace nova;
using test::state_case;

namespace {

std::string node(const std::string& name, const std::string& roles, const std::string& more = "",
                 const std::string& values = "") {
  return "insert into nova.cluster_nodes (epoch, name, roles, lease_until" + more + ") values (1, '"
         + name + "', '{" + roles + "}', clock_timestamp() + interval '1 hour'" + values + ");";
}

std::string drained(const std::string& name, const std::string& roles) {
  return node(name, roles, ", drained_at, drained_by", ", now(), 'eve'");
}

/// Threads that could be synced, and nothing done, for so long.
std::string due_for(const std::string& how_long) {
  return "alter table inbox_sync_stats disable trigger user;"
         "alter table flux_inbox_configurations disable trigger user;"
         "update queued_threads set next_attempt_at = now() - interval '"
         + how_long + "'; update inbox_sync_stats set updated_at = now() - interval '" + how_long
         + "'; update flux_inbox_configurations set updated_at = now() - interval '" + how_long
         + "'; alter table inbox_sync_stats enable trigger user;"
           "alter table flux_inbox_configurations enable trigger user;";
}

const std::string pause_threads = "select nova.set_setting('paused.threads', 'true', 'eve');";

/// A node that is there for an hour, and no task of upkeep that is due.
const std::string long_running =
  node("n1", "webhooks", ", started_at", ", now() - interval '1 hour'")
  + "update nova.upkeep_tasks set next_run_at = now() + interval '1 day';";

/// The messages that wait are claimed and fail, so often.
std::string failed(int times, const std::string& error_class) {
  std::string all;
  for (int n = 0; n < times; ++n)
    all += "update nova.messenger_delayed set due_at = clock_timestamp();"
           "select from messenger_claim('default', null, 'w', 100);"
           "select from messenger_fail((select array_agg(id order by id) from messenger_messages), "
           "(select array_agg(token order by id) from messenger_messages), array['no answer', 'no "
           "answer'], array['"
           + error_class + "', '" + error_class + "']);";
  return all;
}

const std::string two_reports =
  "select from messenger_send(array['{\"type\": \"report\"}', '{\"type\": \"report\"}']::jsonb[]);";

const state_case of_due[] = {
  {"a_role_that_nobody_has", due_for("20 s") + node("n1", "webhooks"),
   "CRIT role:threads: no living node has the role threads, for which 2 threads wait -> "
   "nova run --roles threads"},
  {"work_that_nobody_does", due_for("3 minutes") + node("n1", "threads"),
   "CRIT role:threads: 2 threads are due and nothing was done for some time, though n1 may do it "
   "-> crashes"},
  {"a_backfill_that_nobody_discovers",
   "update flux_inbox_configurations set backfill_status = 'discovering', discovery_done = false;"
   "delete from queued_threads;"
     + due_for("20 s") + node("n1", "threads"),
   "CRIT role:backfill: no living node has the role backfill, for which 1 backfills to discover "
   "wait -> nova run --roles backfill"},
  {"a_backfill_that_nobody_completes",
   "update flux_inbox_configurations set discovery_done = true; delete from queued_threads;"
     + due_for("20 s") + node("n1", "threads"),
   "CRIT role:completion: no living node has the role completion, for which 1 backfills to "
   "complete "
   "wait -> nova run --roles completion"},
  {"notifications_that_nobody_handles",
   "select pgmq.send('nylas_webhook_notifications', '{}');"
   "update pgmq.q_nylas_webhook_notifications set enqueued_at = now() - interval '20 s';"
     + node("n1", "threads"),
   "CRIT role:webhooks: no living node has the role webhooks, for which 1 notifications wait -> "
   "nova run --roles webhooks"},
  {"a_cluster_that_was_stopped",
   "insert into nova.cluster_nodes (epoch, name, lease_until, state, ended_at) select 1, n, now(), "
   "'left', now() - s * interval '1 minute' from (values ('n1', 2), ('n2', 1)) v (n, s)",
   "CRIT cluster: no node runs, so no mail comes in: n2, the last one, is left -> nova run"},
  {"an_inbox_that_nobody_sweeps",
   node("n1", "threads,completion")
     + "update flux_inboxes set status_changed_at = now() - interval '2 hours', last_swept_at = "
       "now() - interval '61 minutes'",
   "WARN inbox:ann@example.com: no sweep of it came to its end since then, though each is due "
   "after "
   "ten minutes -> grants grant-1"},
  {"days_that_differ_again_and_again",
   "insert into nova.mail_certifications (inbox_id, scope, due_at, failures, from_day, to_day, "
   "done_until) select id, 'again', now(), 3, '2026-01-01', '2026-01-03', now() from flux_inboxes",
   "WARN inbox:ann@example.com: days from 2026-01-01 to 2026-01-02 differ from what its provider "
   "lists, 3 times in a row -> nova certify ann@example.com"},
  {"certificates_that_nobody_keeps",
   node("n1", "threads,completion")
     + "insert into nova.mail_certifications (inbox_id, scope, due_at) select id, 'recent', now() "
       "- "
       "interval '4 hours' from flux_inboxes",
   "NOTE inbox:ann@example.com: its certificates are due since then, and nobody compares "
   "(NOVA_CERTIFY?) -> nova certify ann@example.com"},
  {"a_paused_backfill", "select nova.move_backfill('{config}', 'paused', 'eve', 'quota')",
   "WARN backfill:{config}: paused by eve: quota -> resume backfill:{config}"},
  {"a_schedule_that_nobody_runs",
   "insert into messenger_schedules (name, type, kind, every) values ('nightly', 'report', "
   "'interval', '1 hour'); update messenger_schedules set next_run_at = now() - interval '100 s'",
   "WARN schedule:nightly: it is overdue for 10? s: nobody sends its messages (report) -> psql "
   "\"$DATABASE_URL\" -c 'select messenger_run_schedules()'"},
  {"messages_that_nobody_claims",
   "select from messenger_send(array['{\"type\": \"report\"}'::jsonb]);"
   "update nova.messenger_ready set since = now() - interval '400 s'",
   "WARN transport:default: 1 messages may be claimed and nobody does, for 40? s -> nova messenger "
   "stats"},
  {"messages_that_fail_again_and_again", two_reports + failed(2, "http_500"),
   "WARN messages:report: 2 messages failed more than once and are tried again, the last: "
   "http_500: "
   "no answer -> nova messenger handlers test --type 'report' --body '{}'"},
  {"messages_without_a_handler", two_reports + failed(1, "no_handler"),
   "WARN messages:report: 2 messages wait for a handler of their type -> nova messenger handlers "
   "set "
   "--type 'report' (--http URL | --sql FUNCTION --as ROLE)"},
  {"messages_that_were_given_up", two_reports + failed(3, "timeout"),
   "WARN messages:report: 2 messages were given up within a day, the last: timeout: no answer -> "
   "nova "
   "messenger failed list --type 'report'"},
  {"a_key_that_is_stopped",
   "insert into nova.messenger_handlers (type, kind, config, limit_key, breaker_failures) values "
   "('report', 'http', '{\"url\": \"https://example.com\"}', 'tenant', 3);"
   "insert into nova.job_keys (handler, key, failures, open_until) select id, 'acme', 3, "
   "clock_timestamp() + interval '20 s' from nova.messenger_handlers",
   "WARN handler:report: key 'acme' is stopped for 20 s more: 3 failures in a row -> keys"},
  {"alerts_that_nobody_sends",
   "insert into nova.alert_recipients (kind, address) values ('email', 'a@b');"
   "insert into nova.alert_deliveries (recipient, created_at, next_attempt_at, error) select id, "
   "now() - interval '6 minutes', now(), 'no route' from nova.alert_recipients",
   "WARN alerts:email: 1 messages about alerts wait for more than five minutes: no route -> nova "
   "alerts history"},
  {"a_mail_server_that_refuses",
   "insert into nova.alert_transports (kind, paused_at, pause_reason, try_at) values ('email', "
   "now(), '535', now())",
   "CRIT alerts:smtp: no alert goes out by email: 535 -> correct NOVA_SMTP_URL, then: nova alerts "
   "test, nova alerts channels resume smtp"},
  {"a_webhook_that_refuses",
   "insert into nova.alert_recipients (kind, address, paused_at, pause_reason, try_at) values "
   "('webhook', 'https://h.example/services/secret', now(), 'HTTP 403', now())",
   "WARN alerts:https://h.example/***: it is told nothing until one message gets through, tried "
   "each "
   "quarter of an hour: HTTP 403 -> nova alerts channels resume 'https://h.example/***'"},
  {"upkeep_that_nobody_does",
   long_running
     + "update nova.upkeep_tasks set next_run_at = now() - interval '200 s' where name "
       "in ('reread', 'prune')",
   "WARN task:reread: it is overdue for 20? s: nobody runs upkeep -> nova run --roles jobs"},
  {"more_upkeep_that_nobody_does",
   long_running
     + "update nova.upkeep_tasks set next_run_at = now() - interval '200 s' where name "
       "in ('reread', 'messenger_rescue')",
   "WARN task:messenger_rescue: it is overdue for 20? s, one of 2 tasks that are: nobody runs "
   "upkeep -> nova run --roles jobs"},
  {"a_task_that_fails_again_and_again",
   "update nova.upkeep_tasks set attempts = 3, last_error = 'no disk', last_finished_at = now() "
   "where name = 'sizes'",
   "WARN task:sizes: it failed 3 times in a row, and is tried again: no disk -> nova maintenance "
   "history sizes"},
  {"a_task_that_only_an_owner_may_do",
   "update nova.upkeep_tasks set last_outcome = 'skipped', last_error = 'needs the owner: "
   "NOVA_MAINTENANCE_URL is not set', last_finished_at = now() where name ~ '^vacuum_(f|m)'",
   "NOTE task:vacuum_feedback: 2 tasks of upkeep were skipped: only the owner of the tables may do "
   "them, and NOVA_MAINTENANCE_URL is not set -> set NOVA_MAINTENANCE_URL on nodes that run jobs"},
  {"a_pace_that_is_the_limit",
   "insert into nova.grant_paces (grant_id, binds, calls_a_second, units_a_second, places, node, "
   "waiting, waiting_remote, units_allowed) values ('grant-1', 'units', 0.5, 94.6, 4, 'n1', 12, 5, "
   "95);"
   "insert into backfill_estimates (config_id, percent, eta, binds) values ('{config}', 10, now() "
   "+ "
   "interval '90 minutes 1 second', 'units')",
   "NOTE pace:ann@example.com: the pace of its provider is the limit: units of 95 a "
   "second, 0.5 calls a second; 12 calls wait, 5 of them of other nodes than n1, which paces them; "
   "about 01:30:0? to go; more nodes do not help -> grants grant-1"},
  {"a_live_setting",
   "select nova.set_setting('threads.window', '8', 'eve', 'slow disk', interval '1 hour')",
   "NOTE setting:threads.window: set to 8 by eve: slow disk until ??:??:?? -> unset "
   "threads.window"},
};

/// What is no trouble.
const state_case harmless[] = {
  {"nobody_has_the_role_yet", due_for("1 s") + node("n1", "webhooks"), ""},
  {"somebody_has_it", due_for("20 s") + node("n1", "webhooks") + node("n2", "threads"), ""},
  {"somebody_beside_a_drained_one_has_it",
   due_for("20 s") + node("n1", "threads") + drained("n2", "threads")
     + "update nova.cluster_nodes "
       "set drained_until = now() where name = 'n2'",
   ""},
  {"it_is_in_hand",
   due_for("3 minutes") + node("n1", "threads")
     + "update queued_threads set status = 'processing', claim_token = 1, claim_epoch = 1, "
       "claim_node = 'n1', claimed_at = now() where thread_id = 't1';"
       "update inbox_sync_stats set threads_processing = 1",
   ""},
  {"threads_that_come_later",
   due_for("3 minutes") + node("n1", "webhooks")
     + "update queued_threads set next_attempt_at = now() + interval '1 hour'",
   ""},
  {"an_inbox_that_is_being_swept",
   node("n1", "threads")
     + "update flux_inboxes set status_changed_at = now() - interval '2 hours', last_swept_at = "
       "now() - interval '61 minutes', sweep_claimed_until = now() + interval '1 minute'",
   ""},
  {"days_that_differed_once",
   "insert into nova.mail_certifications (inbox_id, scope, due_at, failures, from_day, to_day) "
   "select id, 'again', now(), 1, '2026-01-01', '2026-01-03' from flux_inboxes",
   ""},
  {"upkeep_that_a_new_node_soon_does",
   node("n1", "threads") + "update nova.upkeep_tasks set next_run_at = now() - interval '1 hour'",
   ""},
  {"upkeep_that_is_late_by_less_than_its_period",
   long_running
     + "update nova.upkeep_tasks set next_run_at = now() - interval '1 hour' where name "
       "= 'prune'",
   ""},
  {"upkeep_that_is_paused_or_of_no_system",
   long_running
     + "update nova.upkeep_tasks set next_run_at = now() - interval '1 day', enabled = "
       "false where name = 'reread';"
       "drop function public.messenger_prune(integer);"
       "update nova.upkeep_tasks set next_run_at = now() - interval '1 day' where name "
       "~ '^messenger'",
   ""},
  {"messages_that_failed_once", two_reports + failed(1, "http_500"), ""},
  {"messages_that_were_given_up_long_ago",
   two_reports + failed(3, "http_500")
     + "update messenger_failed_messages set failed_at = now() - interval '25 hours'",
   ""},
  {"messages_that_were_sent_again",
   two_reports + failed(3, "http_500") + "update messenger_failed_messages set retried_at = now()",
   ""},
  {"a_task_that_failed_twice",
   "update nova.upkeep_tasks set attempts = 2, last_error = 'no disk' where name = 'sizes'", ""},
  {"a_cluster_without_inboxes",
   "update flux_inboxes set status = 'removed';"
   "insert into nova.cluster_nodes (epoch, name, lease_until, state, ended_at) values (1, 'n1', "
   "now(), 'left', now() - interval '1 minute')",
   ""},
};

struct fixture : test::look_fixture {};

} // namespace

BOOST_AUTO_TEST_SUITE(due_findings_test)

BOOST_DATA_TEST_CASE_F(fixture, what_is_due_and_does_not_move_is_told,
                       boost::unit_test::data::make(of_due), one) {
  change(one.change);
  auto found = look("findings");
  BOOST_TEST_REQUIRE(found.size() == 1u);
  expect(found[0], one.says);
}

BOOST_DATA_TEST_CASE_F(fixture, what_moves_or_need_not_is_not,
                       boost::unit_test::data::make(harmless), one) {
  change(one.change);
  BOOST_TEST(look("findings") == std::vector<std::string>{}, boost::test_tools::per_element());
}

/// Each pause is told instead of what it holds back.
BOOST_FIXTURE_TEST_CASE(what_is_paused_is_no_idle_role, fixture) {
  change(due_for("3 minutes") + node("n1", "webhooks") + pause_threads);
  auto found = look("findings");
  BOOST_TEST_REQUIRE(found.size() == 1u);
  BOOST_TEST(found[0] == "WARN threads: thread work is paused by eve -> resume threads");
}

BOOST_FIXTURE_TEST_CASE(a_role_that_only_a_drained_node_has, fixture) {
  change(due_for("20 s") + node("n1", "webhooks") + drained("n2", "threads"));
  auto found = look("findings");
  BOOST_TEST_REQUIRE(found.size() == 2u); // it is drained, too
  BOOST_TEST(found[0]
             == "CRIT role:threads: only drained nodes have the role threads, for which 2 threads "
                "wait: n2 was drained by eve -> undrain n2");
}

BOOST_AUTO_TEST_SUITE_END()
