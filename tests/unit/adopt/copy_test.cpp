#include "pg/email/list_certificates.hpp"
#include "pg/email/store_messages.hpp"
#include "tests/unit/adopt/adopt_fixture.hpp"

#include <boost/test/unit_test.hpp>

using namespace nova;

namespace {

const std::string anna = "10000000-0000-4000-8000-000000000001";
const std::string ben = "10000000-0000-4000-8000-000000000002";
const std::string backfill = "20000000-0000-4000-8000-000000000001";

/// Two inboxes of two users; of the first a thread of three messages, and a backfill.
struct copy_fixture : test::adopt_fixture {
  copy_fixture() {
    service.run(R"(
insert into flux_inboxes (id, user_id, email, grant_id, provider, created_at) values
 ('10000000-0000-4000-8000-000000000001', 'a0000000-0000-4000-8000-000000000001', 'anna@example.com', 'grant-a',
  'google', '2025-01-02 03:04:05+00'),
 ('10000000-0000-4000-8000-000000000002', 'a0000000-0000-4000-8000-000000000002', 'ben@example.com', 'grant-b',
  'outlook', '2025-02-03 04:05:06+00');
insert into flux_inbox_configurations (id, inbox_id, backfill_status, backfill_start_date, backfill_end_date) values
 ('20000000-0000-4000-8000-000000000001', '10000000-0000-4000-8000-000000000001', 'thread_sync',
  '2025-01-01', '2025-12-31');
insert into flux_email_threads (id, inbox_id, nylas_thread_id) values
 ('30000000-0000-4000-8000-000000000001', '10000000-0000-4000-8000-000000000001', 't1');
insert into flux_email_messages (id, inbox_id, thread_id, nylas_message_id, subject, from_recipients, to_recipients,
                                 body, received_date, folders, unread, created_at)
select ('40000000-0000-4000-8000-00000000000' || n)::uuid, '10000000-0000-4000-8000-000000000001',
       '30000000-0000-4000-8000-000000000001', 'm' || n, 'Subject ' || n,
       '[{"email": "carol@example.com", "name": "Carol"}]', '[{"email": "anna@example.com"}]', '<p>Hello</p>',
       '2025-03-01 12:00:00+00'::timestamptz + n * interval '1 day', '["INBOX"]', n = 3,
       '2025-03-05 00:00:00+00'
  from generate_series(1, 3) n;
)");
  }

  /// A message with what differs.
  void add_message(const std::string& columns, const std::string& values) {
    service.run("insert into flux_email_messages (inbox_id, " + columns + ") values ('" + anna
                + "', " + values + ")");
  }

  /// As a page of a backfill does.
  void observe(const std::string& id, const std::string& subject) {
    conn.run(("select * from nova.store_messages(array['" + anna + "'::uuid], array['" + id
              + "'], array['t1'], array['" + subject
              + "'], array[''], array['read'], array['[]'], array['[]'], array['[]'], array['[]'], "
                "array['[]'], array['[]'], array['[]'], array['{}'], array[1741000000::bigint], "
                "array[false], array[false], array[32767::bigint], array['x'::bytea], "
                "array['y'::bytea], array[1800000000000000], array[1800000000000001], "
                "array['backfill'], array[''])")
               .c_str());
  }
};

/// What another program may have named.
constexpr auto same_message =
  "flux_email_messages where id = '40000000-0000-4000-8000-000000000001' "
  "and nylas_message_id = 'm1'";

struct otherwise_fixture : test::adopt_fixture {
  otherwise_fixture() : adopt_fixture("node_service_otherwise.sql") {
    service.run(R"(
insert into flux_inboxes values (1, 77, 'anna@example.com', 'grant-a', 'imap', 'connected', '2025-01-02 03:04:05');
insert into support_inbox_configurations values (5, 1, 'in_progress', '2025-01-01', '2025-12-31', '2025-01-02');
insert into flux_email_threads values (9, 1, 't1');
insert into flux_email_messages values
 (11, 1, 9, 'm1', 'Hello', 'Carol <carol@example.com>', 'anna@example.com, dora@example.com', 'Hi',
  'Mon, 3 Mar 2025 10:00:00 +0100', 1),
 (12, 1, 9, 'm2', 'Hello', null, null, 'Hi', '1741000000', 0),
 (13, 1, 9, 'm3', 'Hello', null, null, 'Hi', '1741000000000', 0),
 (14, 1, 9, 'm4', 'Hello', null, null, 'Hi', '2025-03-03T11:06:40', 0);
)");
  }
};

const std::vector<std::string> sent_at{"flux_email_messages.sent_at=received_date"};

} // namespace

BOOST_FIXTURE_TEST_SUITE(copy_test, copy_fixture)

BOOST_AUTO_TEST_CASE(inboxes_backfills_threads_and_messages_keep_their_ids_and_dates) {
  auto written = copy();

  BOOST_TEST(written["flux_inboxes"] == 2);
  BOOST_TEST(
    count("flux_inboxes where id = '" + anna
          + "' and user_id = 'a0000000-0000-4000-8000-000000000001' and grant_id = 'grant-a' "
            "and provider = 'google' and status = 'active' "
            "and created_at = '2025-01-02 03:04:05+00'")
    == 1);
  BOOST_TEST(count("flux_inboxes where provider = 'microsoft'") == 1); // outlook
  BOOST_TEST(count("flux_inbox_configurations where id = '" + backfill
                   + "' and backfill_status = 'idle' and backfill_start = '2025-01-01'")
             == 1);
  BOOST_TEST(
    count("flux_email_threads where id = '30000000-0000-4000-8000-000000000001' and "
          "nylas_thread_id = 't1' and message_count = 3 and unread and subject = 'Subject 3'")
    == 1);
  BOOST_TEST(
    count(std::string{same_message}
          + " and nylas_thread_id = 't1' and subject = 'Subject 1' and body = '<p>Hello</p>' "
            "and message_date = '2025-03-02 12:00:00+00' and created_at = '2025-03-05' "
            "and from_addresses = '[{\"email\": \"carol@example.com\", \"name\": \"Carol\"}]' "
            "and folders = '[\"INBOX\"]'")
    == 1);
  BOOST_TEST(verified());
}

BOOST_AUTO_TEST_CASE(what_is_adopted_is_older_than_any_observation_and_completes_nothing) {
  copy();

  BOOST_TEST(count("flux_email_messages where provisional and lo = nova.open_below() and hi = 0 "
                   "and core_hash is null and origin = 'adopted'")
             == 3);
  BOOST_TEST(count("nova.mail_certificates where state = 'verified'") == 0);
}

BOOST_AUTO_TEST_CASE(a_second_run_writes_what_is_new_or_has_changed_and_nothing_else) {
  copy();
  BOOST_TEST(copy()["flux_email_messages"] == 0);

  service.run("update flux_email_messages set subject = 'Changed' where nylas_message_id = 'm2'");
  add_message("nylas_message_id, received_date", "'m4', '2025-03-09'");
  auto written = copy({}, {.digests = 2, .rows = 1});

  BOOST_TEST(written["flux_email_messages"] == 2);
  BOOST_TEST(written["flux_inboxes"] == 0);
  BOOST_TEST(count("flux_email_messages where subject = 'Changed' and nylas_message_id = 'm2' and "
                   "id = '40000000-0000-4000-8000-000000000002'")
             == 1);
  BOOST_TEST(count("flux_email_messages") == 4);
}

BOOST_AUTO_TEST_CASE(a_run_that_was_cut_off_goes_on) {
  auto steps = 0;
  adopt::copy_rows(source(), conn, {.digests = 1, .rows = 1},
                   [&](const adopt::copy_progress&) { return ++steps < 9; });
  auto before = count("flux_email_messages");
  BOOST_TEST(before == 2);

  BOOST_TEST(copy()["flux_email_messages"] == 3 - before);
  BOOST_TEST(verified());
}

BOOST_AUTO_TEST_CASE(what_nova_has_read_itself_is_never_overwritten_but_goes_on_under_the_id) {
  service.run("update flux_email_messages set subject = 'Theirs'");
  conn.run(("insert into flux_inboxes (id, email, grant_id) values ('" + anna
            + "', 'anna@example.com', 'grant-a')")
             .c_str());
  observe("m1", "Ours");

  copy();

  BOOST_TEST(
    count(std::string{same_message} + " and subject = 'Ours' and body = 'read' and not provisional")
    == 1);
  service.run("update flux_email_messages set subject = 'Theirs again'");
  copy();
  BOOST_TEST(count("flux_email_messages where subject = 'Ours'") == 1);
  BOOST_TEST(count("flux_email_messages where subject = 'Theirs again'") == 2);
}

BOOST_AUTO_TEST_CASE(what_is_read_after_the_copy_wins_and_is_no_longer_provisional) {
  copy();
  observe("m1", "Ours");

  BOOST_TEST(count(std::string{same_message} + " and subject = 'Ours' and not provisional") == 1);
  service.run("update flux_email_messages set subject = 'Theirs'");
  copy();
  BOOST_TEST(count("flux_email_messages where subject = 'Ours'") == 1);
  BOOST_TEST(verified());
}

BOOST_AUTO_TEST_CASE(an_inbox_that_was_added_here_before_goes_on_as_it_is) {
  conn.run("insert into flux_inboxes (email, grant_id) values ('anna@example.com', 'grant-a')");

  copy();

  BOOST_TEST(count("flux_inboxes") == 2);
  BOOST_TEST(count("flux_inboxes where grant_id = 'grant-a' and user_id is not null") == 1);
  BOOST_TEST(count("flux_email_messages m join flux_inboxes i on i.id = m.inbox_id "
                   "where i.grant_id = 'grant-a'")
             == 3);
}

BOOST_AUTO_TEST_CASE(
  a_backfill_that_ended_there_is_as_it_ended_and_an_unknown_state_is_unfinished) {
  for (const auto* state : {"completed", "failed", "cancelled", "idle", "hibernating"})
    service.run(std::string{"insert into flux_inbox_configurations (inbox_id, backfill_status, "
                            "backfill_start_date, backfill_end_date, created_at) values ('"}
                + ben + "', '" + state + "', '2025-01-01', '2025-02-01', '2025-02-02')");

  copy();

  for (const auto* state : {"completed", "failed", "cancelled"})
    BOOST_TEST(count("flux_inbox_configurations where inbox_id = '" + ben
                     + "' and backfill_status = '" + state + "'")
               == 1);
  BOOST_TEST(count("nova.adopted_rows where key = 'unfinished'") == 2);
  BOOST_TEST(count("nova.adopted_rows where key = 'idle'") == 1);
}

BOOST_AUTO_TEST_CASE(hostile_rows_stop_nothing_and_are_named_with_their_reason) {
  service.run("alter table flux_inboxes drop constraint flux_inboxes_grant_id_key");
  service.run("insert into flux_inboxes (id, email, grant_id) values "
              "('10000000-0000-4000-8000-000000000008', 'twin@example.com', 'grant-a'), "
              "('10000000-0000-4000-8000-000000000009', 'none@example.com', null)");
  service.run("insert into flux_email_threads (id, inbox_id, nylas_thread_id) values "
              "('30000000-0000-4000-8000-000000000008', '"
              + anna
              + "', 't-empty'), "
                "('30000000-0000-4000-8000-000000000009', "
                "'10000000-0000-4000-8000-00000000000f', 't-orphan')");
  add_message("id, nylas_message_id, received_date",
              "'40000000-0000-4000-8000-00000000000a', null, now()");
  add_message("id, nylas_message_id, received_date",
              "'40000000-0000-4000-8000-00000000000b', 'm1', now()");
  add_message("nylas_message_id, subject, to_recipients, received_date",
              "'m-odd', e'a\\x01b\\x1fc', '\"[{\\\"broken\"', null");
  add_message("nylas_message_id, attachments", R"('m-nul', '[{"filename": "a\u0000b"}]')");
  add_message("nylas_message_id, thread_id", "'m-lost', '30000000-0000-4000-8000-00000000000f'");
  add_message("id, nylas_message_id", "'40000000-0000-4000-8000-00000000000c', repeat('x', 3000)");
  service.run("insert into flux_email_messages (id, nylas_message_id) values "
              "('40000000-0000-4000-8000-00000000000d', 'm-nobody')");

  copy();

  auto why = [&](const char* table, const char* id) {
    auto before = std::string{table} == "flux_inboxes"         ? "10000000"
                  : std::string{table} == "flux_email_threads" ? "30000000"
                                                               : "40000000";
    return reject(table, std::string{before} + "-0000-4000-8000-00000000000" + id);
  };
  BOOST_TEST(why("flux_inboxes", "8").find("grant-a") != std::string::npos);
  BOOST_TEST(why("flux_inboxes", "9") == "it has no grant");
  BOOST_TEST(why("flux_email_threads", "9").find("was not copied") != std::string::npos);
  BOOST_TEST(why("flux_email_messages", "a") == "it has no id of the provider");
  BOOST_TEST(why("flux_email_messages", "b").find("the same") != std::string::npos);
  BOOST_TEST(why("flux_email_messages", "c").find("1,000 bytes") != std::string::npos);
  BOOST_TEST(why("flux_email_messages", "d").find("inbox null") != std::string::npos);
  BOOST_TEST(count("flux_email_messages") == 6); // three, and odd, nul, lost
  BOOST_TEST(count("flux_email_messages where nylas_message_id = 'm-odd' and "
                   "subject = e'a\\x01b\\x1fc' and to_addresses = '[]' and message_date is null")
             == 1);
  BOOST_TEST(
    count("flux_email_messages where nylas_message_id = 'm-lost' and nylas_thread_id is null")
    == 1);
  BOOST_TEST(count("flux_email_attachments where nylas_message_id = 'm-nul'") == 1);
  BOOST_TEST(count("flux_email_threads where nylas_thread_id = 't-empty' and message_count = 0")
             == 1);
  BOOST_TEST(!verified());
}

BOOST_AUTO_TEST_CASE(what_is_mended_there_is_copied_by_the_next_run) {
  service.run("update flux_inboxes set grant_id = null where email = 'anna@example.com'");
  copy();
  BOOST_TEST(count("flux_email_messages") == 0);
  BOOST_TEST(count("nova.adopted_rows where reason is not null") == 6);

  service.run("update flux_inboxes set grant_id = 'grant-a' where email = 'anna@example.com'");
  copy();

  BOOST_TEST(count("flux_email_messages") == 3);
  BOOST_TEST(count("nova.adopted_rows where reason is not null") == 0);
  BOOST_TEST(verified());
}

BOOST_AUTO_TEST_CASE(what_is_lost_here_is_named_by_the_comparison) {
  copy();
  conn.run("delete from flux_email_messages where nylas_message_id = 'm2'");

  auto rows = adopt::compare_rows(source(), conn);

  auto messages = std::find_if(rows.begin(), rows.end(),
                               [](const auto& one) { return one.table == "flux_email_messages"; });
  BOOST_REQUIRE((messages != rows.end()));
  BOOST_TEST(messages->there == 3);
  BOOST_TEST(messages->inbox == anna);
  BOOST_TEST(messages->digest_there == messages->digest_here);
  BOOST_TEST(!messages->equal());
  BOOST_REQUIRE(messages->lacking.size() == 1u);
  BOOST_TEST(messages->lacking[0]
             == "40000000-0000-4000-8000-000000000002: copied, and gone since");
}

BOOST_AUTO_TEST_CASE(a_database_that_is_not_the_services_is_refused_by_what_it_lacks) {
  service.run("alter table flux_email_messages drop column nylas_message_id");
  try {
    adopt::expect_fit(source());
    BOOST_FAIL("it was accepted");
  } catch (const adopt::unfit& fault) {
    BOOST_TEST(std::string{fault.what()}.find("--map flux_email_messages.COLUMN=nylas_message_id")
                 != std::string::npos,
               fault.what());
  }
  BOOST_CHECK_THROW(adopt::open_source(service.conn, "elsewhere", {}), adopt::unfit);
  BOOST_CHECK_THROW(adopt::open_source(conn, "public", {}), adopt::unfit); // Nova's own
}

BOOST_AUTO_TEST_CASE(rows_that_a_policy_hides_are_no_silent_loss) {
  service.run(
    "alter table flux_email_messages enable row level security, force row level security; "
    "create role reader_of_some; grant usage on schema public to reader_of_some; "
    "grant select on all tables in schema public to reader_of_some; "
    "set role reader_of_some");

  auto found = adopt::obstacles(source());

  BOOST_REQUIRE(found.size() == 1u);
  BOOST_TEST(found[0].find("row-level security hides rows") != std::string::npos);
  service.run("reset role; drop owned by reader_of_some; drop role reader_of_some");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(copy_otherwise_test, otherwise_fixture)

BOOST_AUTO_TEST_CASE(a_date_under_another_name_is_asked_for_and_then_mapped) {
  auto found = adopt::obstacles(source());
  BOOST_REQUIRE(found.size() == 1u);
  BOOST_TEST(found[0].find("--map flux_email_messages.COLUMN=received_date") != std::string::npos,
             found[0]);

  copy(sent_at);

  BOOST_TEST(count("flux_email_messages where message_date = '2025-03-03 09:00:00+00'") == 1);
  // A number of seconds, of milliseconds, and a time without a zone.
  BOOST_TEST(count("flux_email_messages where message_date = '2025-03-03 11:06:40+00'") == 3);
  BOOST_TEST(verified(sent_at));
}

BOOST_AUTO_TEST_CASE(numbers_become_ids_that_anybody_can_compute) {
  copy(sent_at);

  BOOST_TEST(count("flux_inboxes where id = md5('flux_inboxes/1')::uuid and user_id = '77' and "
                   "status = 'active'")
             == 1);
  BOOST_TEST(count("flux_email_messages where id = md5('flux_email_messages/11')::uuid and "
                   "nylas_thread_id = 't1' and unread and body = 'Hi'")
             == 1);
  BOOST_TEST(count("flux_inbox_configurations where id = "
                   "md5('flux_inbox_configurations/5')::uuid")
             == 1);
}

BOOST_AUTO_TEST_CASE(addresses_as_text_are_read) {
  copy(sent_at);

  BOOST_TEST(
    count("flux_email_messages where nylas_message_id = 'm1' and "
          "from_addresses = '[{\"email\": \"carol@example.com\", \"name\": \"Carol\"}]' and "
          "to_addresses = '[{\"email\": \"anna@example.com\"}, {\"email\": "
          "\"dora@example.com\"}]'")
    == 1);
}

BOOST_AUTO_TEST_SUITE_END()
