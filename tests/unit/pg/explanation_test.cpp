#include "pg/explanation.hpp"

#include "base/ensure.hpp"
#include "pg/email/find_messages.hpp"
#include "pg/email/prune_mail_journal.hpp"
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

const std::string claimed = "update queued_threads set status = 'processing', claim_token = 1, "
                            "claim_epoch = 1, claim_node = 'n1', claimed_at = clock_timestamp()";

/// A notification that names the message m1.
std::string notified(const std::string& status) {
  return "insert into flux_webhook_notifications (notification_id, notification_type, grant_id, "
         "status, deliveries, error_message, payload, processed_at) values ('n1', "
         "'message.created', 'grant-1', '"
         + status + "', 2, case when '" + status
         + "' in ('error', 'ignored') then 'why' end, '{\"data\": {\"object\": {\"id\": "
           "\"m1\", \"date\": 1700000000}}}', now());";
}

const std::string named = "update queued_threads set named = '{m1}' where thread_id = 't1';";
const std::string range = "update flux_inbox_configurations set backfill_start = '2020-01-01Z', "
                          "backfill_end = '2021-01-01Z';";
const std::string excused =
  "update queued_threads set status = 'completed' where thread_id = 't1';"
  "insert into nova.excused_messages (config_id, nylas_message_id, nylas_thread_id, reason) values "
  "('{config}', 'm1', 't1', 'HTTP 404');";
const std::string gone = "select nova.tombstone_messages(array[id], array['m1'], array[25], "
                         "array[30]) from flux_inboxes;";
const std::string again = "update flux_email_messages set refetch_at = '2999-01-02 03:04:05Z'";

std::string journal(const std::string& event, const std::string& row) {
  return "insert into nova.mail_journal (inbox_id, nylas_message_id, event, lo, hi, row_lo, "
         "row_hi, origin) select id, 'm1', '"
         + event + "', nova.open_below(), 1000000, " + row + ", 'webhook' from flux_inboxes";
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
   "BLOCKS grant: the inbox is auth_expired: grant.expired -> have its owner authorise it "
   "again, then: nova inbox check ann@example.com"},
  {"the_inbox_is_disabled", "update flux_inboxes set status = 'disabled'",
   "BLOCKS grant: the inbox is disabled -> have its owner authorise it again, then: nova "
   "inbox check ann@example.com"},
  {"the_mailbox_is_away", outage("grant", "grant-1", "HTTP 502"),
   "BLOCKS grant: provider unreachable, this mailbox alone: HTTP 502 -> nothing: it is probed and "
   "goes on by itself"},
  {"the_backfill_runs", "", "ok backfill: the backfill is thread_sync -> "},
  {"the_backfill_failed", "select nova.move_backfill('{config}', 'failed', 'eve', 'no windows')",
   "BLOCKS backfill: the backfill is failed: no windows -> retry backfill:{config}"},
  {"the_backfill_is_paused", "select nova.move_backfill('{config}', 'paused', 'eve')",
   "BLOCKS backfill: the backfill is paused by eve -> resume backfill:{config}"},
  {"the_backfill_is_cancelled", "select nova.move_backfill('{config}', 'cancelled', 'eve')",
   "BLOCKS backfill: the backfill is cancelled -> progress {config}"},
  {"the_queue_is_read", "", "ok queue: queue inbox_backfill_jobs is read -> "},
  {"the_queue_is_paused", pause("queue.inbox_backfill_jobs", "quota"),
   "BLOCKS queue: queue:inbox_backfill_jobs is paused by eve: quota -> resume "
   "queue:inbox_backfill_jobs"},
  {"the_threads_are_paused", pause("threads", ""),
   "BLOCKS queue: threads is paused by eve -> resume threads"},
  {"a_pause_is_over", pause("threads", "") + "update nova.settings set revert_at = now()",
   "ok queue: threads is paused by eve -> "},
  {"nodes_have_the_role", node("n2", "threads") + node("n1", "threads"),
   "ok nodes: role threads: n1, n2 -> "},
  {"no_node_has_the_role", node("n1", "webhooks"),
   "BLOCKS nodes: role threads: no living node has it -> nova run --roles threads"},
  {"only_drained_nodes_have_the_role",
   node("n2", "threads") + node("n1", "threads")
     + "select nova.drain_node('n1', 'eve'), nova.drain_node('n2', 'eve')",
   "BLOCKS nodes: role threads: only drained nodes have it: n1, n2 -> undrain n1"},
  {"nobody_lists",
   "update flux_inbox_configurations set discovery_done = false;" + node("n1", "threads"),
   "BLOCKS nodes: role backfill: no living node has it -> nova run --roles backfill"},
};

const std::string waiting = "update queued_threads set next_attempt_at = '2999-01-02 03:04:05'";
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

/// Of the message m1, which is dated 2023-11-14; `says` is one of its steps.
const state_case of_messages[] = {
  {"nothing_is_known", "",
   "no unknown: nothing is known of it: no row, no notification of the last two days, no backfill "
   "that named it -> nova audit INBOX asks the provider"},
  {"a_notification_is_queued", notified("pending"),
   "ok received: message.created n1, delivered 2 times -> "},
  {"it_waits_in_the_queue", notified("pending"),
   "waits handled: n1 is in its queue, or in the hands of a handler -> nova queue list"},
  {"it_is_parked",
   notified("pending")
     + "update flux_webhook_notifications set error_message = 'HTTP 429';insert into "
       "nova.parked_notifications (notification_id, grant_id, due_at) values ('n1', 'grant-1', "
       "'2999-01-02 03:04:05Z')",
   "waits handled: n1 needs an answer of the provider and is parked until 2999-01-02 03:04:05, "
   "attempt 1: HTTP 429 -> nothing: it goes on by itself"},
  {"a_node_has_it",
   notified("pending") + node("n7", "webhooks")
     + "insert into nova.parked_notifications (notification_id, grant_id, due_at, claimed_by, "
       "tries) values ('n1', 'grant-1', 'infinity', 1, 2)",
   "waits handled: node n7 asks the provider for what n1 names, attempt 3 -> nothing: it goes on "
   "by itself"},
  {"it_is_processed", notified("processed"), "ok handled: n1 is processed -> "},
  {"a_node_processed_it",
   notified("processed") + node("n7", "webhooks")
     + "update flux_webhook_notifications set handled_by = 1, handled_attempt = 2",
   "ok handled: n1 is processed by notification_handler/n1 of node n7, attempt 2 -> "},
  {"a_node_gave_it_up",
   notified("error") + node("n7", "webhooks")
     + "update flux_webhook_notifications set handled_by = 1, handled_attempt = 5",
   "no handled: n1 is given up by notification_handler/n1 of node n7, attempt 5: why -> nova "
   "webhooks retry n1"},
  {"it_is_ignored",
   notified("ignored") + "update flux_inboxes set status = 'disabled', status_reason = 'by eve'",
   "no handled: n1 is ignored: why; the inbox is disabled -> nova webhooks retry n1"},
  {"it_is_given_up", notified("error"),
   "no handled: n1 is given up: why -> nova webhooks retry n1"},
  {"it_is_named", named,
   "waits named: not stored yet; the provider named it as of thread t1 of backfill {config} -> "
   "explain {config}"},
  {"its_thread_is_queued", named,
   "waits thread: queued, 0 failed attempts; thread t1 of backfill {config} -> explain {config}"},
  {"its_thread_is_being_read", named + claimed + " where thread_id = 't1'",
   "waits thread: read by node n1, 0 failed attempts; thread t1 of backfill {config} -> nothing: "
   "it goes on by itself"},
  {"its_thread_is_given_up",
   named + "update queued_threads set status = 'failed', attempts = 5, error_message = 'HTTP 500'",
   "no thread: given up after 5 attempts: HTTP 500; thread t1 of backfill {config} -> nova threads "
   "retry {config}"},
  {"its_thread_is_completed", excused, "ok thread: completed; thread t1 of backfill {config} -> "},
  {"it_is_excused", excused,
   "no excused: excused: HTTP 404; thread t1 of backfill {config} -> nothing: the provider does "
   "not give it"},
  {"it_could_not_be_read",
   "insert into flux_email_rejects (inbox_id, kind, identity, provider_id, reason, version) select "
   "id, 'message', '\\x01', 'm1', 'odd', '0.9' from flux_inboxes",
   "no rejected: it came and could not be read: odd; seen 1 times, last by version 0.9 -> nothing: "
   "another version reads it again"},
  {"the_inbox_is_expired",
   named + "update flux_inboxes set status = 'auth_expired', status_reason = 'grant.expired'",
   "no inbox: the inbox is auth_expired: grant.expired -> have ann@example.com authorise again"},
  {"the_inbox_is_removed", named + "update flux_inboxes set status = 'removed'",
   "no inbox: the inbox is removed -> nova inbox add, and a backfill"},
  {"the_mailbox_is_away_from_it", named + outage("grant", "grant-1", "HTTP 502"),
   "waits inbox: provider unreachable, this mailbox alone: HTTP 502 -> nothing: it goes on by "
   "itself"},
  {"its_work_is_paused", named + pause("threads", "quota"),
   "waits work: threads is paused by eve: quota -> resume threads"},
  {"its_day_is_in_no_range", notified("processed") + range,
   "no range: 2023-11-14 is out of the range of every backfill; they reach from 2020-01-01 to "
   "2021-01-01 -> nova backfill start with a range that has its day"},
  {"there_is_no_backfill", notified("processed") + "delete from flux_inbox_configurations",
   "no range: no backfill of the inbox was asked for -> nova backfill start with a range that has "
   "its day"},
  {"its_day_is_not_known", named + range,
   "waits range: backfill {config} from 2020-01-01 to 2021-01-01 is thread_sync -> explain "
   "{config}"},
};

/// Of m1 when it was stored by a backfill, read in [10, 20].
const state_case of_stored[] = {
  {"it_is_stored", "", "ok written: stored, backfill -> "},
  {"it_is_not_searchable_yet", "",
   "waits search: the search has not come to it yet -> nothing: it goes on by itself"},
  {"it_is_searchable", "select nova.fill_search(10)", "ok search: the search finds it -> "},
  {"the_search_refused_it", "select nova.fill_search(10); delete from flux_email_search",
   "no search: the search cannot take it -> nothing: read it by its id"},
  {"it_was_confirmed", "update flux_email_messages set hi = 4000000000000000",
   "ok judged: confirmed: seen as it is, last in [1970-01-01 00:00:00.000, 2096-10-02 "
   "07:06:40.000] -> "},
  {"it_was_inserted", journal("inserted", "null, null"),
   "ok judged: inserted, there was no row: webhook saw it in [open, 1970-01-01 00:00:01.000] -> "},
  {"it_was_replaced", journal("replaced", "1000000, 2000000"),
   "ok judged: replaced: webhook saw it in [open, 1970-01-01 00:00:01.000], after the row's "
   "[1970-01-01 00:00:01.000, 1970-01-01 00:00:02.000] -> "},
  {"a_version_was_ignored", journal("ignored", "1000000, 2000000"),
   "ok judged: ignored: webhook saw it in [open, 1970-01-01 00:00:01.000], before the row's "
   "[1970-01-01 00:00:01.000, 1970-01-01 00:00:02.000] -> "},
  {"a_version_was_doubtful", journal("doubtful", "1000000, 2000000"),
   "ok judged: doubtful, read once more: webhook saw it in [open, 1970-01-01 00:00:01.000], which "
   "overlaps the row's [1970-01-01 00:00:01.000, 1970-01-01 00:00:02.000] -> "},
  {"it_was_deleted", journal("deleted", "null, 2000000"),
   "ok judged: deleted: webhook saw it in [open, 1970-01-01 00:00:01.000], after the row's [open, "
   "1970-01-01 00:00:02.000] -> "},
  {"it_was_not_found", journal("not_found", "null, 2000000"),
   "ok judged: the provider answered 404 in [open, 1970-01-01 00:00:01.000] -> "},
  {"one_404_waits_for_the_second", again + ", not_found = 1",
   "waits again: 1 404 so far, asked again at 2999-01-02 03:04:05; a second makes it a tombstone "
   "-> nothing: it goes on by itself"},
  {"a_doubt_waits", again + ", doubt_hi = 30",
   "waits again: in doubt which version is newer: read again at 2999-01-02 03:04:05 -> nothing: it "
   "goes on by itself"},
  {"a_notification_is_confirmed", again + ", provisional = true",
   "waits again: known from a notification only: read again at 2999-01-02 03:04:05 -> nothing: it "
   "goes on by itself"},
  {"it_is_read_again", again,
   "waits again: read again at 2999-01-02 03:04:05 -> nothing: it goes on by itself"},
  {"it_is_gone_for_a_notification",
   "select nova.tombstone_messages(array[inbox_id], array['m1'], array[nova.open_below()], "
   "array[30]) from flux_email_messages",
   "no gone: deleted: a notification said so -> nothing: it is gone at the provider"},
  {"it_is_gone_for_two_404s", gone,
   "no gone: deleted: the provider answered 404 twice -> nothing: it is gone at the provider"},
  {"it_has_another_id_now",
   gone
     + "insert into nova.message_former_ids (inbox_id, former_id, message_id) select id, 'm1', "
       "'m2' from flux_inboxes",
   "no renamed: the provider gave it another id: it is m2 now -> nova why m2"},
  {"it_had_another_id",
   "select nova.tombstone_messages(array[id], array['m0'], array[25], array[30]) from "
   "flux_inboxes;insert into nova.message_former_ids (inbox_id, former_id, message_id) select id, "
   "'m0', 'm1' from flux_inboxes",
   "ok renamed: the provider gave it another id: it was m0 -> "},
};

struct fixture : test::look_fixture {
  /// The step that `says` names says so; of two of one name, the first.
  void expect_step(const state_case& one) {
    if (!one.change.empty())
      change(one.change);
    expect_in(one, look("explain"));
  }

  void expect_in(const state_case& one, const std::vector<std::string>& steps) {
    auto step_of = [](const std::string& line) {
      auto begin = line.find(' ') + 1;
      return line.substr(begin, line.find(':', begin) - begin);
    };
    auto found = std::find_if(steps.begin(), steps.end(),
                              [&](const auto& line) { return step_of(line) == step_of(one.says); });
    BOOST_TEST_REQUIRE((found != steps.end()));
    expect(*found, one.says);
  }

  /// The message m1 says so; of two steps of one name, the first.
  void expect_of_message(const state_case& one) {
    if (!one.change.empty())
      change(one.change);
    config.swap(message);
    auto steps = look("message");
    config.swap(message);
    expect_in(one, steps);
  }

  std::string message = "m1";

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

BOOST_DATA_TEST_CASE_F(fixture, how_a_message_came_or_why_not_is_told,
                       boost::unit_test::data::make(of_messages), one) {
  expect_of_message(one);
}

BOOST_DATA_TEST_CASE_F(fixture, what_became_of_a_stored_message_is_told,
                       boost::unit_test::data::make(of_stored), one) {
  store({{}});
  expect_of_message(one);
}

BOOST_FIXTURE_TEST_CASE(a_message_is_stored_known_or_neither, fixture) {
  auto told = [&](const std::string& id, const std::string& where = {}) {
    auto found = pg::explain_message(conn, {id, where}, 100);
    return std::string{found.stored ? "stored " : ""} + (found.known ? "known" : "unknown");
  };
  store({{}});
  change(named + "update queued_threads set named = '{m2}'");

  BOOST_TEST(told("m1") == "stored known");
  BOOST_TEST(told("m1", "ann@example.com") == "stored known");
  BOOST_TEST(told("m1", "bob@example.com") == "unknown");
  BOOST_TEST(told("m2") == "known");
  BOOST_TEST(told("m3", "grant-1") == "unknown");
  change("select nova.tombstone_messages(array[inbox_id], array['m1'], array[25], array[30]) from "
         "flux_email_messages");
  BOOST_TEST(told("m1") == "known");
  BOOST_TEST(pg::look(conn, "message", "m1 bob@example.com", 100).find("no such inbox")
             != std::string::npos);
}

BOOST_FIXTURE_TEST_CASE(messages_are_found_by_subject_and_day, fixture) {
  constexpr int64_t from = 1'699'920'000;
  auto found = [&](const std::string& subject, const std::string& where, int64_t since) {
    std::string all;
    for (const auto& id : pg::find_messages{where, subject, since, since + test::day, 10}.run(conn))
      all += id.value + ' ';
    return all;
  };
  store({{.id = "m1", .subject = "The Invoice"},
         {.id = "m2", .thread = "", .subject = "invoice"},
         {.id = "m3", .subject = "other"}});

  BOOST_TEST(found("INVOICE", "", from) == "m1 m2 ");
  BOOST_TEST(found("invoice", "ann@example.com", from) == "m1 m2 ");
  BOOST_TEST(found("invoice", "bob@example.com", from) == "");
  BOOST_TEST(found("invoice", "", from - test::day) == "");
  change("select nova.tombstone_messages(array[inbox_id], array['m1'], array[25], array[30]) from "
         "flux_email_messages limit 1");
  BOOST_TEST(found("invoice", "", from) == "m1 m2 ");
}

BOOST_FIXTURE_TEST_CASE(old_lines_of_the_journal_are_pruned, fixture) {
  change(
    journal("ignored", "1, 2") + ";" + journal("replaced", "1, 2")
    + "; update nova.mail_journal set at = now() - interval '31 days' where event = 'ignored'");
  BOOST_TEST(pg::prune_mail_journal{}.run(conn) == 1u);
  BOOST_TEST(pg::prune_mail_journal{}.run(conn) == 0u);
}

BOOST_FIXTURE_TEST_CASE(every_kind_that_sql_returns_has_its_sentence, fixture) {
  const std::regex kind{"'([a-z_]+/[a-z_]+)'"};
  auto of_message = value("select string_agg(prosrc, '') from pg_proc where proname ~ '^why_'");
  for (const auto& text :
       {std::string{sql::explain_grounds.text}, std::string{sql::explain_work.text}, of_message}) {
    std::sregex_iterator found{text.begin(), text.end(), kind}, none;
    BOOST_TEST((found != none), text);
    for (; found != none; ++found)
      BOOST_TEST(pg::sentence_of_step((*found)[1].str()).kind == (*found)[1].str());
  }
  BOOST_CHECK_THROW(pg::sentence_of_step("api/unheard_of"), base::broken_promise);
}

BOOST_FIXTURE_TEST_CASE(the_chain_goes_from_the_provider_to_the_row, fixture) {
  BOOST_TEST(
    steps()
    == "ok api; ok grant; ok backfill; ok queue; ok discovery; ok provider; ok claims; ok rows; ");
  change(node("n1", "threads") + "update flux_inbox_configurations set discovery_done = false");
  BOOST_TEST(steps()
             == "ok api; ok grant; ok backfill; ok queue; BLOCKS nodes; ok nodes; ok discovery; ok "
                "provider; ok claims; ok rows; ");
}

BOOST_FIXTURE_TEST_CASE(a_complete_backfill_needs_nobody, fixture) {
  change(
    "update queued_threads set status = 'completed';select nova.try_complete_backfill('{config}');"
    + node("n1", "webhooks"));

  BOOST_TEST(steps() == "ok api; ok grant; ok backfill; ok discovery; ok rows; ");
}

BOOST_FIXTURE_TEST_CASE(the_first_that_is_not_ok_blocks_and_the_others_wait, fixture) {
  change("update flux_inboxes set status = 'disabled';" + pause("threads", "")
         + "update queued_threads set status = 'failed' where thread_id = 't1'");

  BOOST_TEST(steps()
             == "ok api; BLOCKS grant; ok backfill; waits queue; ok discovery; ok provider; ok "
                "claims; waits rows; ");
  BOOST_TEST(steps(2) == "ok api; BLOCKS grant; ");
}

BOOST_FIXTURE_TEST_CASE(of_two_roles_that_nobody_has_both_block, fixture) {
  change(node("n1", "webhooks") + "update flux_inbox_configurations set discovery_done = false");

  BOOST_TEST(steps()
             == "ok api; ok grant; ok backfill; ok queue; BLOCKS nodes; BLOCKS nodes; ok "
                "discovery; ok provider; ok claims; ok rows; ");
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
