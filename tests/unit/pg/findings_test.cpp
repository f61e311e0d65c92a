#include "pg/findings.hpp"

#include "base/ensure.hpp"
#include "schema/queries.hpp"
#include "tests/unit/pg/look_fixture.hpp"

#include <boost/test/data/test_case.hpp>

#include <regex>
#include <string>

using namespace nova;
using test::state_case;

namespace {

/// A node that started, with more columns of its row.
std::string node(const std::string& name, const std::string& columns, const std::string& values) {
  return "insert into nova.cluster_nodes (epoch, name, " + columns + ") values (1, '" + name + "', "
         + values + ");";
}

const std::string living = "clock_timestamp() + interval '1 hour'";
/// Another one, without which no node would be left.
const std::string beside = node("beside", "lease_until", living);

const state_case of_nodes[] = {
  {"a_node_on_a_loopback_address",
   node("far", "lease_until, machine, address", living + ", 'm2', '10.0.0.2:7'")
     + node("near", "lease_until, machine, address", living + ", 'm1', '127.0.0.1:7'"),
   "WARN near: it listens on 127.0.0.1:7, where the nodes of other machines do not find it: set "
   "--listen (and NOVA_TLS_*), or --listen off -> nodes"},
  {"a_lease_that_ran_out",
   beside + node("n1", "lease_until", "clock_timestamp() - interval '100 s'"),
   "CRIT n1: its lease ran out 10? s ago and nobody declared it dead -> nova run "
   "--name n1"},
  {"a_dead_node",
   beside
     + node("n1", "lease_until, state, ended_at, dead_reason", "now(), 'dead', now(), 'silent'"),
   "WARN n1: dead: silent -> nova run --name n1"},
  {"a_degraded_node", node("n1", "lease_until, state", living + ", 'degraded'"),
   "WARN n1: degraded -> events"},
  {"a_drained_node", node("n1", "lease_until, drained_at, drained_by", living + ", now(), 'eve'"),
   "WARN n1: drained by eve: it takes no new work -> undrain n1"},
  {"a_drained_node_whose_name_is_no_name",
   node("n1; $(reboot)", "lease_until, drained_at, drained_by", living + ", now(), 'eve'"),
   "WARN n1; $(reboot): drained by eve: it takes no new work -> undrain 'n1; $(reboot)'"},
  {"a_drained_node_whose_name_ends_a_quotation",
   node("n1''; reboot", "lease_until, drained_at, drained_by", living + ", now(), 'eve'"),
   "WARN n1'; reboot: drained by eve: it takes no new work -> undrain …"},
  {"a_node_drained_for_a_time_and_a_reason",
   node("n1", "lease_until, drained_at, drained_by, drain_reason, drained_until",
        living + ", now(), 'eve', 'upgrade', '2999-01-02 03:04:05'"),
   "WARN n1: drained by eve: upgrade: it takes no new work until 03:04:05 -> undrain n1"},
  {"a_name_that_others_wanted",
   "insert into nova.operator_actions (who, role, via, action, target, outcome) select 'ann', "
   "'admin', 'command', 'run', 'node:n1', 'refused: the name is taken' from generate_series(1, 3)",
   "WARN n1: another process wanted this name, 3 times in ten minutes, last by ann: it was "
   "refused, "
   "and must have a --name of its own -> audit"},
  {"a_name_that_processes_take_from_each_other",
   beside
     + "insert into nova.cluster_nodes (epoch, name, lease_until, state, ended_at, dead_reason) "
       "select 1, 'beside', now(), 'dead', now(), 'a new process started under the same name' "
       "from generate_series(1, 2)"
     + ";update nova.cluster_nodes set id = default where ended_at is null",
   "CRIT beside: processes took this name from each other, 2 times in ten minutes: give each a "
   "--name of its own -> nodes beside"},
  {"a_link_that_is_refused",
   beside
     + node(
       "n1", "lease_until, load",
       living
         + R"(, '{"links": [{"peer": "beside", "state": "calling", "since": 0, "failures": 8, "why": )"
           R"("another secret"}, {"peer": "n2", "state": "calling", "failures": 9, "why": "gone"}]}')"),
   "WARN n1/links: it cannot link to beside, 8 times in a row: another secret -> give both one "
   "NOVA_CLUSTER_SECRET and NOVA_CLUSTER_NAME, and each a certificate of its own"},
  {"actors_that_crash",
   "insert into nova.actor_failures (kind, reason, fingerprint) values ('mail_store', 'page 2', "
   "'f'), ('mail_store', 'page 1', 'f')",
   "WARN mail_store: 2 crashes in ten minutes: page 1 -> crashes --group reason"},
  {"claims_of_a_node_that_is_gone",
   beside + node("n1", "lease_until, state, ended_at", "now(), 'left', now()")
     + "update queued_threads set status = 'processing', claim_token = 1, claim_epoch = 1, "
       "claim_node = 'n1', claimed_at = clock_timestamp() - interval '11 s'",
   "CRIT n1: 2 threads are claimed by a node that is not there -> requeue node:n1"},
};

const state_case of_inboxes[] = {
  {"an_expired_grant",
   "update flux_inboxes set status = 'auth_expired', status_reason = 'grant.expired'",
   "CRIT ann@example.com: the grant is auth_expired: grant.expired -> have its owner authorise it "
   "again, then: nova inbox check ann@example.com"},
  {"an_expired_grant_without_a_reason", "update flux_inboxes set status = 'auth_expired'",
   "CRIT ann@example.com: the grant is auth_expired -> have its owner authorise it again, then: "
   "nova inbox check ann@example.com"},
  {"a_refused_key",
   "insert into nova.provider_outages (scope, subject, last_error) values ('application', 'n1', "
   "'HTTP 401')",
   "CRIT n1: provider unreachable: Nylas refuses this node's NYLAS_API_KEY; no inbox is at fault: "
   "HTTP 401 -> set NYLAS_API_KEY, start it again (nova doctor)"},
  {"a_node_without_a_network",
   "insert into nova.provider_outages (scope, subject, last_error) values ('network', 'n1', "
   "'no route')",
   "CRIT n1: provider unreachable from this node, by its network or Nylas' fault; its work waits: "
   "no route -> nova doctor"},
  {"a_mailbox_that_is_away",
   "insert into nova.provider_outages (scope, subject, last_error) values ('grant', 'grant-1', "
   "'HTTP 502')",
   "WARN ann@example.com: provider unreachable: its mailbox alone; its work waits and goes on by "
   "itself: HTTP 502 -> grants grant-1"},
  {"mail_that_cannot_be_read",
   "insert into flux_email_rejects (inbox_id, kind, identity, reason, version, last_seen_at) "
   "select id, 'message', r.identity, r.reason, '1', r.seen from flux_inboxes, (values "
   "('a'::bytea, 'no id', now()), ('b', 'no date', now() - interval '1 day')) r (identity, reason, "
   "seen)",
   "WARN inbox:ann@example.com: 2 messages cannot be read: no id -> dead-letters"},
  {"attachments_that_cannot_be_had",
   "insert into flux_email_messages (inbox_id, nylas_message_id, lo, hi) select id, 'm1', 1, 2 "
   "from flux_inboxes;"
   "insert into nova.attachment_bytes (inbox_id, nylas_message_id, nylas_attachment_id, attempts, "
   "reason) select i.id, 'm1', a.id, a.n, 'HTTP 500' from flux_inboxes i, (values ('a1', 5), "
   "('a2', 7), ('a3', 4)) a (id, n)",
   "WARN inbox:ann@example.com: the bytes of 2 attachments cannot be had, and are tried again each "
   "day: HTTP 500 -> grants grant-1"},
  {"an_endpoint_that_failed",
   "insert into nova.webhook_endpoints (id, url, status) values ('w1', 'https://example.com/h', "
   "'failed'), ('w2', 'https://example.com/h', 'active')",
   "CRIT webhook:w1: Nylas calls this endpoint failed: https://example.com/h; mail that it missed "
   "is found by sweeps and certificates, within an hour -> nova doctor"},
  {"an_endpoint_that_is_paused",
   "insert into nova.webhook_endpoints (id, url, status) values ('w1', 'https://example.com/h', "
   "'pause')",
   "WARN webhook:w1: Nylas calls this endpoint pause: https://example.com/h; mail that it missed "
   "is found by sweeps and certificates, within an hour -> nova doctor"},
};

const state_case of_queues[] = {
  {"a_paused_queue",
   "select nova.set_setting('paused.queue.inbox_backfill_jobs', 'true', 'eve', 'quota')",
   "WARN queue:inbox_backfill_jobs: paused by eve: quota, 1 ready -> resume "
   "queue:inbox_backfill_jobs"},
  {"a_queue_paused_without_a_reason",
   "select nova.set_setting('paused.queue.inbox_backfill_jobs', 'true', 'eve')",
   "WARN queue:inbox_backfill_jobs: paused by eve, 1 ready -> resume queue:inbox_backfill_jobs"},
  {"a_queue_that_cannot_be_looked_at", "drop table pgmq.q_thread_sync_jobs cascade",
   "WARN queue:thread_sync_jobs: it cannot be looked at: relation \"pgmq.q_thread_sync_jobs\" does "
   "not exist -> queues"},
  {"paused_threads", "select nova.set_setting('paused.threads', 'true', 'eve', 'quota')",
   "WARN threads: thread work is paused by eve: quota -> resume threads"},
  {"threads_paused_without_a_reason", "select nova.set_setting('paused.threads', 'true', 'eve')",
   "WARN threads: thread work is paused by eve -> resume threads"},
  {"messages_that_were_given_up",
   "select pgmq.send('thread_sync_jobs', '[1]') from generate_series(1, 2);"
   "select nova_queue.archive_leased('thread_sync_jobs', array_agg(msg_id), array_agg(read_ct), "
   "'not a job') from pgmq.read('thread_sync_jobs', 30, 10)",
   "WARN queue:thread_sync_jobs: 2 messages were given up, the last: not a job; `dead-letters "
   "message` shows them -> nova queue dismiss thread_sync_jobs"},
  {"notifications_that_are_tried_again",
   "insert into flux_webhook_notifications (notification_id, notification_type, payload, "
   "error_message) values ('w1', 'message.created', '{}', 'HTTP 500')",
   "WARN webhooks: 1 notifications failed and are tried again, the last: HTTP 500 -> nova webhooks "
   "list"},
  {"notifications_in_error",
   "insert into flux_webhook_notifications (notification_id, notification_type, payload, status, "
   "error_message) values ('w1', 'message.created', '{}', 'error', 'broken')",
   "WARN webhooks: 1 notifications are in error, the last: broken -> retry --where "
   "kind=notification"},
  {"notifications_that_are_tried_again_for_days",
   "insert into flux_webhook_notifications (notification_id, notification_type, payload, "
   "error_message, received_at) values ('w1', 'message.created', '{}', 'HTTP 500', now() - "
   "interval '3 days')",
   "WARN webhooks: 1 notifications failed and are tried again, the last: HTTP 500 -> nova webhooks "
   "list"},
  {"a_message_that_waits",
   "select pgmq.send('thread_sync_jobs', '{}');"
   "update pgmq.q_thread_sync_jobs set enqueued_at = now() - interval '400 s'",
   "WARN queue:thread_sync_jobs: its oldest message waits for 40? s -> queues"},
};

std::string waiting(const std::string& why) {
  return "update queued_threads set next_attempt_at = '2999-01-02 03:04:05', error_message = '"
         + why + "'";
}

const state_case of_backfills[] = {
  {"threads_that_wait", waiting("no luck"),
   "WARN backfill:{config}: 2 threads wait until 03:04:05: no luck -> explain {config}"},
  {"threads_that_are_throttled", waiting("HTTP 429 slow down"),
   "WARN backfill:{config}: throttled: 2 threads wait until 03:04:05: HTTP 429 slow down -> "
   "explain "
   "{config}"},
  {"threads_that_are_rate_limited", waiting("rate_limited"),
   "WARN backfill:{config}: throttled: 2 threads wait until 03:04:05: rate_limited -> explain "
   "{config}"},
  {"threads_whose_provider_is_away", waiting("provider_unreachable: timeout"),
   "WARN backfill:{config}: the provider is away: 2 threads wait until 03:04:05: "
   "provider_unreachable: timeout -> explain {config}"},
  {"threads_that_the_database_refuses", waiting("database_refused: constraint odd"),
   "WARN backfill:{config}: the database refuses what 2 threads bring: database_refused: "
   "constraint "
   "odd -> dead-letters thread"},
  {"a_failed_backfill", "select nova.move_backfill('{config}', 'failed', 'eve', 'no windows')",
   "WARN backfill:{config}: failed: no windows -> retry backfill:{config}"},
  {"a_backfill_that_failed_without_a_reason",
   "select nova.move_backfill('{config}', 'failed', 'eve', '')",
   "WARN backfill:{config}: failed -> retry backfill:{config}"},
  {"a_partial_backfill",
   "select nova.add_gap('{config}', 'window', now(), now(), 'HTTP 400 too old')",
   "WARN backfill:{config}: thread_sync, partial: window: HTTP 400 too old -> explain {config}"},
  {"failed_threads", "update queued_threads set status = 'failed' where thread_id = 't1'",
   "WARN backfill:{config}: 1 threads failed -> retry backfill:{config}"},
};

struct fixture : test::look_fixture {
  /// It is found, and nothing else.
  void expect_alone(const state_case& one) {
    change(one.change);
    auto found = look("findings");
    BOOST_TEST_REQUIRE(found.size() == 1u);
    expect(found[0], one.says);
  }
};

} // namespace

BOOST_AUTO_TEST_SUITE(findings_test)

BOOST_DATA_TEST_CASE_F(fixture, what_is_wrong_with_nodes_is_told,
                       boost::unit_test::data::make(of_nodes), one) {
  expect_alone(one);
}

BOOST_DATA_TEST_CASE_F(fixture, what_is_wrong_with_inboxes_is_told,
                       boost::unit_test::data::make(of_inboxes), one) {
  expect_alone(one);
}

BOOST_DATA_TEST_CASE_F(fixture, what_is_wrong_with_queues_is_told,
                       boost::unit_test::data::make(of_queues), one) {
  expect_alone(one);
}

BOOST_DATA_TEST_CASE_F(fixture, what_is_wrong_with_backfills_is_told,
                       boost::unit_test::data::make(of_backfills), one) {
  expect_alone(one);
}

BOOST_AUTO_TEST_CASE(every_kind_that_sql_returns_has_its_sentence) {
  const std::regex kind{"'([a-z_]+/[a-z_]+)'"};
  for (const auto* query :
       {&sql::findings_of_server, &sql::findings_of_nodes, &sql::findings_of_mail,
        &sql::findings_of_queues, &sql::findings_of_due, &sql::findings_of_messenger,
        &sql::findings_of_integrations, &sql::findings_of_restored}) {
    std::string text = query->text;
    std::sregex_iterator found{text.begin(), text.end(), kind}, none;
    BOOST_TEST((found != none), query->name);
    for (; found != none; ++found)
      BOOST_TEST(pg::sentence_of_finding((*found)[1].str()).kind == (*found)[1].str());
  }
  BOOST_CHECK_THROW(pg::sentence_of_finding("node/unheard_of"), base::broken_promise);
}

BOOST_FIXTURE_TEST_CASE(where_nothing_is_wrong_nothing_is_found, fixture) {
  change("insert into flux_webhook_notifications (notification_id, notification_type, payload, "
         "status, error_message, received_at) values ('w1', 'message.created', '{}', 'error', "
         "'an error of last week', now() - interval '8 days')");
  BOOST_TEST(pg::look(conn, "findings", "", 100) == "[]");
}

BOOST_FIXTURE_TEST_CASE(what_is_wrong_with_notifications_is_found_without_reading_all_of_them,
                        fixture) {
  change("insert into flux_webhook_notifications (notification_id, notification_type, payload, "
         "status) select 'w' || g, 'message.created', '{}', 'processed' from generate_series(1, "
         "20000) g");
  change("analyze flux_webhook_notifications");
  change((std::string{"prepare looked as "} + sql::findings_of_queues.text).c_str());

  std::string plan;
  auto lines = conn.exec({"", "explain execute looked (100)"});
  for (auto& [line] : lines.rows<std::string>())
    plan += line + '\n';
  BOOST_TEST(plan.find("flux_webhook_notifications_troubled") != std::string::npos, plan);
  BOOST_TEST(plan.find("Seq Scan on flux_webhook_notifications") == std::string::npos, plan);
}

BOOST_FIXTURE_TEST_CASE(a_finding_is_written_as_postgresql_writes_jsonb, fixture) {
  change(
    "update flux_inboxes set status = 'auth_expired', status_reason = E'a \"\\\\\" \\n\\x1f ü'");

  auto since = value("select to_jsonb(status_changed_at)::text from flux_inboxes");
  BOOST_TEST(pg::look(conn, "findings", "", 100)
             == R"([{"next": "have its owner authorise it again, then: nova inbox check )"
                R"(ann@example.com", "text": "the grant is auth_expired: a \"\\\" \n\u001f ü", )"
                R"("what": "ann@example.com", "level": "CRIT", "since": )"
                  + since + "}]");
}

BOOST_FIXTURE_TEST_CASE(a_long_reason_is_cut_between_characters, fixture) {
  change("insert into nova.provider_outages (scope, subject, last_error) values ('grant', "
         "'grant-1', repeat('ü', 300))");

  std::string cut;
  for (int i = 0; i < 200; ++i)
    cut += "ü";
  auto found = look("findings");
  BOOST_TEST_REQUIRE(found.size() == 1u);
  BOOST_TEST(found[0].find("by itself: " + cut + " -> ") != std::string::npos);
}

BOOST_FIXTURE_TEST_CASE(the_worst_comes_first_and_of_those_the_oldest, fixture) {
  change("select nova.add_gap('{config}', 'window', now(), now(), 'too old');"
         "update flux_inboxes set status = 'auth_expired', status_changed_at = now();"
         "insert into nova.provider_outages (scope, subject, since) values "
         "('network', 'n1', now() - interval '1 minute'), "
         "('application', 'n2', now() - interval '1 hour');"
         "select nova.set_setting('paused.threads', 'true', 'eve')");
  auto firsts = [&](int64_t limit) {
    std::string all;
    for (const auto& one : look("findings", limit))
      all += one.substr(0, one.find(": ")) + "; ";
    return all;
  };

  BOOST_TEST(
    firsts(100)
    == filled("CRIT n2; CRIT n1; CRIT ann@example.com; WARN threads; WARN backfill:{config}; "));
  BOOST_TEST(firsts(2) == "CRIT n2; CRIT n1; ");
}

BOOST_AUTO_TEST_SUITE_END()
