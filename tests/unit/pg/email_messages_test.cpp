#include "pg/email/claim_refetches.hpp"
#include "pg/email/postpone_refetches.hpp"
#include "pg/email/refetch_not_found.hpp"
#include "pg/email/store_folders.hpp"
#include "pg/email/store_messages.hpp"
#include "pg/email/tombstone_messages.hpp"
#include "tests/unit/pg/email_builders.hpp"

#include <boost/test/unit_test.hpp>

#include <thread>

using namespace nova;
using test::observation;
using test::open_below;

BOOST_TEST_DONT_PRINT_LOG_VALUE(std::vector<bool>)

BOOST_FIXTURE_TEST_SUITE(email_messages_test, test::email_fixture)

BOOST_AUTO_TEST_CASE(a_new_message_is_inserted_with_its_thread_and_attachments) {
  auto counts = store(
    {{.attachments =
        R"([{"id":"a1","filename":"x.pdf","size":12,"is_inline":true},{"content_id":7,"size":"?"}])"}});

  BOOST_TEST(counts.inserted == 1u);
  BOOST_TEST(value("select body from flux_email_messages") == "body A");
  BOOST_TEST(value("select string_agg(concat_ws('|', position, nylas_attachment_id, filename, "
                   "size, is_inline, content_id), ';' order by position) "
                   "from flux_email_attachments")
             == "0|a1|x.pdf|12|t|;1|||f|7");
  BOOST_TEST(
    value("select concat_ws('|', message_count, subject, has_attachments) from flux_email_threads")
    == "1|subject A|t");
}

BOOST_AUTO_TEST_CASE(the_same_content_again_writes_nothing_but_the_interval) {
  store({{.lo = 10, .hi = 20}});
  auto before = value("select row(updated_at, created_at, id)::text from flux_email_messages");

  auto counts = store({{.lo = 30, .hi = 40}});

  BOOST_TEST(counts.confirmed == 1u);
  BOOST_TEST(value("select lo || '-' || hi from flux_email_messages") == "30-40");
  BOOST_TEST(value("select row(updated_at, created_at, id)::text from flux_email_messages")
             == before);
}

BOOST_AUTO_TEST_CASE(a_later_fetch_replaces_and_an_earlier_one_is_ignored) {
  store({{.content = "A", .lo = 10, .hi = 20}});

  BOOST_TEST(store({{.content = "B", .lo = 30, .hi = 40}}).replaced == 1u);
  BOOST_TEST(store({{.content = "A", .lo = 15, .hi = 25}}).ignored == 1u);

  BOOST_TEST(value("select body from flux_email_messages") == "body B");
  BOOST_TEST(value("select subject from flux_email_threads") == "subject B");
}

BOOST_AUTO_TEST_CASE(an_overlapping_fetch_changes_nothing_and_orders_one_refetch) {
  store({{.content = "A", .lo = 10, .hi = 20}});

  BOOST_TEST(store({{.content = "B", .lo = 15, .hi = 25}}).doubtful == 1u);

  BOOST_TEST(value("select body from flux_email_messages") == "body A");
  BOOST_TEST(
    value("select (refetch_at - now() between '0' and '3 seconds')::text from flux_email_messages")
    == "true");
  // A fetch that began before the doubt does not settle it, one that began after does.
  store({{.content = "A", .lo = 22, .hi = 30}});
  BOOST_TEST(value("select (refetch_at is null)::text from flux_email_messages") == "false");
  store({{.content = "A", .lo = 26, .hi = 30}});
  BOOST_TEST(value("select (refetch_at is null)::text from flux_email_messages") == "true");
}

BOOST_AUTO_TEST_CASE(a_fetch_from_before_a_doubt_does_not_replace) {
  store({{.content = "A", .lo = 10, .hi = 20}, {.content = "C", .lo = open_below, .hi = 50}});

  BOOST_TEST(store({{.content = "B", .lo = 30, .hi = 40}}).doubtful == 1u);
  BOOST_TEST(store({{.content = "C", .lo = 51, .hi = 60}}).replaced == 1u);

  BOOST_TEST(value("select body || (refetch_at is null) from flux_email_messages") == "body Ctrue");
}

BOOST_AUTO_TEST_CASE(a_notification_gives_a_provisional_row_that_a_fetch_confirms) {
  store({{.lo = open_below, .hi = 20, .origin = "webhook"}});
  BOOST_TEST(value("select provisional::text || (refetch_at > now() + interval '4 minutes') from "
                   "flux_email_messages")
             == "truetrue");

  store({{.lo = 15, .hi = 25}});

  BOOST_TEST(value("select provisional::text || (refetch_at is null) from flux_email_messages")
             == "falsetrue");
  BOOST_TEST(value("select origin from flux_email_messages") == "webhook");
}

BOOST_AUTO_TEST_CASE(what_an_observation_does_not_carry_stays) {
  store({{.bcc = R"([{"email":"b@example.com"}])", .attachments = R"([{"id":"a1"}])"}});

  // As message.updated: core and body only.
  auto counts = store(
    {{.content = "B", .lo = 30, .hi = 40, .carried = carries_core | carries_body, .extra = ""}});

  BOOST_TEST(counts.replaced == 1u);
  BOOST_TEST(value("select body || bcc_addresses::text || has_attachments from flux_email_messages")
             == R"(body B[{"email": "b@example.com"}]true)");
  BOOST_TEST(value("select count(*) from flux_email_attachments") == "1");
  BOOST_TEST(value("select convert_from(extra_hash, 'UTF8') from flux_email_messages") == "x");
}

// What each field is after an observation that carries only one, or none: one text of all.
constexpr auto all_fields =
  "select concat_ws('|', nylas_thread_id, subject, snippet, from_addresses, to_addresses, "
  "cc_addresses, bcc_addresses, reply_to_addresses, folders, metadata, "
  "extract(epoch from message_date)::bigint, unread, starred, body, has_attachments, "
  "(select string_agg(nylas_attachment_id, ',') from flux_email_attachments)) "
  "from flux_email_messages";

const observation full{.unread = true,
                       .starred = true,
                       .to = R"([{"email": "b@x"}])",
                       .cc = R"([{"email": "c@x"}])",
                       .bcc = R"([{"email": "d@x"}])",
                       .reply_to = R"([{"email": "e@x"}])",
                       .attachments = R"([{"id":"a1"}])"};

/// All fields differ from those of `full`; it carries those of the bits.
observation other(uint32_t carried, int64_t lo) {
  return {.thread = "t2",
          .content = "B" + std::to_string(lo),
          .lo = lo,
          .hi = lo + 5,
          .carried = carried,
          .date = 1,
          .from = "[]",
          .folders = "[]",
          .metadata = R"({"k": "v"})",
          .extra = (carried & carries_extras) != 0 ? "y" + std::to_string(lo) : ""};
}

BOOST_AUTO_TEST_CASE(an_observation_erases_nothing_that_it_does_not_carry) {
  store({full});
  auto before = value(all_fields);

  for (uint32_t bit = 1; bit < carries_all; bit *= 2) {
    store({other(bit, bit * 100)});
    auto after = value(all_fields);
    BOOST_TEST(after != before, "the field of bit " << bit << " was written");
    auto again = full;
    again.lo = bit * 100 + 50;
    again.hi = bit * 100 + 60;
    store({again});
    BOOST_TEST(value(all_fields) == before, "bit " << bit << " changed that field alone");
  }
  BOOST_TEST(store({other(0, 9'000'000)}).confirmed == 1u);
  BOOST_TEST(value(all_fields) == before);
}

BOOST_AUTO_TEST_CASE(an_observation_of_some_fields_confirms_when_these_are_equal) {
  store({full});
  auto some = full;
  some.content = "hash of less";
  some.subject = "subject A";
  some.carried = carries_subject | carries_from | carries_attachments;
  some.extra = "hash of less";
  some.lo = open_below;
  some.hi = 40;

  BOOST_TEST(store({some}).confirmed == 1u);

  some.attachments = R"([{"id":"a2"}])";
  BOOST_TEST(store({some}).doubtful == 1u);
}

BOOST_AUTO_TEST_CASE(after_some_fields_were_written_a_whole_observation_confirms_again) {
  store({full});
  store({other(carries_unread, 30)});
  BOOST_TEST(value("select (core_hash is null)::text from flux_email_messages") == "true");

  auto whole = full;
  whole.unread = false;
  whole.content = "A";
  whole.lo = 50;
  whole.hi = 60;
  BOOST_TEST(store({whole}).confirmed == 1u);
  BOOST_TEST(value("select convert_from(core_hash, 'UTF8') from flux_email_messages") == "A");
}

BOOST_AUTO_TEST_CASE(what_a_field_looked_like_is_kept_with_the_row_until_it_is_as_promised) {
  store({{.notes = R"({"date":"text"})"}, {.id = "m2", .content = "B"}});
  BOOST_TEST(value("select string_agg(coalesce(reader_notes->>'date', '-'), ',' order by "
                   "nylas_message_id) from flux_email_messages")
             == "text,-");

  store({{.content = "C", .lo = 30, .hi = 40}});
  BOOST_TEST(value("select count(reader_notes) from flux_email_messages") == "0");
}

BOOST_AUTO_TEST_CASE(an_id_of_2048_bytes_that_do_not_compress_is_stored) {
  std::string id;
  for (uint32_t x = 1; id.size() < 2048; x = x * 1664525 + 1013904223)
    id += static_cast<char>('!' + (x >> 24) % 90);
  store({{.id = id, .thread = id, .attachments = R"([{"id":"a1"}])"}});
  BOOST_TEST(value("select length(nylas_message_id) from flux_email_messages") == "2048");
}

BOOST_AUTO_TEST_CASE(what_was_never_carried_is_null_and_not_empty) {
  store({{.carried = carries_core | carries_body, .extra = ""}});

  BOOST_TEST(value("select num_nulls(bcc_addresses, reply_to_addresses, has_attachments, "
                   "extra_hash)::text from flux_email_messages")
             == "4");
}

BOOST_AUTO_TEST_CASE(attachments_of_a_newer_version_take_the_place_of_the_old_ones) {
  store({{.attachments = R"([{"id":"a1"},{"id":"a2"}])"}});

  store({{.content = "B", .lo = 30, .hi = 40, .attachments = R"([{"id":"a3"}])", .extra = "y"}});

  BOOST_TEST(value("select string_agg(nylas_attachment_id, ',') from flux_email_attachments")
             == "a3");
}

BOOST_AUTO_TEST_CASE(a_message_that_is_twice_in_a_call_is_applied_in_turn) {
  auto counts = store({{.content = "A", .lo = 10, .hi = 20},
                       {.id = "m2"},
                       {.content = "B", .lo = 30, .hi = 40},
                       {.content = "B", .lo = 50, .hi = 60}});

  BOOST_TEST(counts.inserted == 2u);
  BOOST_TEST(counts.replaced == 1u);
  BOOST_TEST(counts.confirmed == 1u);
  BOOST_TEST(value("select body || lo from flux_email_messages where nylas_message_id = 'm1'")
             == "body B50");
}

BOOST_AUTO_TEST_CASE(a_thread_shows_the_union_of_its_messages) {
  store({{.id = "m1",
          .content = "A",
          .date = 100,
          .unread = true,
          .to = R"([{"email":"BOB@example.com"}])",
          .folders = R"(["INBOX"])"},
         {.id = "m2",
          .content = "B",
          .date = 300,
          .starred = true,
          .cc = R"([{"email":"bob@example.com","name":"Bob"}])",
          .folders = R"(["INBOX","SENT"])"},
         {.id = "m3", .content = "C", .date = 200}});

  BOOST_TEST(value("select concat_ws('|', message_count, unread, starred, has_attachments, "
                   "extract(epoch from earliest_message_at)::int, "
                   "extract(epoch from latest_message_at)::int, subject, snippet, folders) from "
                   "flux_email_threads")
             == R"(3|t|t|f|100|300|subject B|snippet B|["INBOX", "SENT"])");
  BOOST_TEST(
    value("select participants::text from flux_email_threads")
    == R"([{"name": "Ann", "email": "ann@example.com"}, {"name": "Bob", "email": "bob@example.com"}])");
}

BOOST_AUTO_TEST_CASE(a_message_that_moves_recomputes_both_threads) {
  store({{.id = "m1"}, {.id = "m2"}});

  store({{.id = "m2", .thread = "t2", .content = "B", .lo = 30, .hi = 40}});

  BOOST_TEST(value("select string_agg(nylas_thread_id || message_count, ',' order by "
                   "nylas_thread_id) from flux_email_threads")
             == "t11,t21");
}

BOOST_AUTO_TEST_CASE(a_tombstone_takes_the_message_out_of_its_thread) {
  store({{.id = "m1"}, {.id = "m2", .content = "B", .date = 1'700'000'100}});

  perform(pg::tombstone_messages{
    {inbox, inbox}, {"m2", "never seen"}, {open_below, open_below}, {50, 50}});

  BOOST_TEST(value("select message_count || subject from flux_email_threads") == "1subject A");
  BOOST_TEST(value("select count(*) from flux_email_messages where deleted_at is not null") == "2");
}

BOOST_AUTO_TEST_CASE(only_a_fetch_after_the_deletion_revives_a_message) {
  perform(pg::tombstone_messages{{inbox}, {"m1"}, {open_below}, {50}});

  BOOST_TEST(store({{.lo = open_below, .hi = 60}}).doubtful == 1u);
  BOOST_TEST(
    value(
      "select (deleted_at is not null and refetch_at is not null)::text from flux_email_messages")
    == "true");
  BOOST_TEST(store({{.lo = 55, .hi = 58}}).doubtful == 1u);
  BOOST_TEST(store({{.lo = 70, .hi = 80}}).replaced == 1u);

  BOOST_TEST(
    value(
      "select (deleted_at is null and refetch_at is null)::text || body from flux_email_messages")
    == "truebody A");
  BOOST_TEST(value("select message_count from flux_email_threads") == "1");
}

BOOST_AUTO_TEST_CASE(a_deletion_of_what_is_stored_is_read_once_more) {
  constexpr int64_t hour = 3'600'000'000;
  store({{.id = "old", .lo = 10, .hi = 20}});

  perform(pg::tombstone_messages{
    {inbox, inbox}, {"old", "never seen"}, {open_below, open_below}, {hour, hour}});

  BOOST_TEST(value("select string_agg(nylas_message_id || (deleted_at is not null) || (refetch_at "
                   "is not null), ',' order by nylas_message_id) "
                   "from flux_email_messages")
             == "never seentruefalse,oldtruetrue");
  conn.run("update flux_email_messages set refetch_at = now() where refetch_at is not null");
  BOOST_TEST(perform(pg::refetch_not_found{perform(pg::claim_refetches{1}).at(0)}));
  BOOST_TEST(
    value(
      "select count(*) from flux_email_messages where refetch_at is not null or deleted_at is null")
    == "0");
}

BOOST_AUTO_TEST_CASE(a_deletion_from_before_a_fetch_is_ignored) {
  store({{.lo = 30, .hi = 40}});

  perform(pg::tombstone_messages{{inbox}, {"m1"}, {open_below}, {20}});

  BOOST_TEST(value("select (deleted_at is null)::text || lo from flux_email_messages") == "true30");
}

BOOST_AUTO_TEST_CASE(a_refetch_is_claimed_once_and_hidden_for_a_minute) {
  store({{.content = "A", .lo = 10, .hi = 20}});
  store({{.content = "B", .lo = 15, .hi = 25}});
  BOOST_TEST(perform(pg::claim_refetches{10}).empty());
  conn.run("update flux_email_messages set refetch_at = now()");

  auto claimed = perform(pg::claim_refetches{10});

  BOOST_TEST_REQUIRE(claimed.size() == 1u);
  BOOST_TEST(claimed[0].message.value == "m1");
  BOOST_TEST(claimed[0].grant.value == "grant-1");
  BOOST_TEST(perform(pg::claim_refetches{10}).empty());
}

BOOST_AUTO_TEST_CASE(a_refetch_that_failed_is_due_again_when_its_pause_is_over) {
  store({{.content = "A", .lo = 10, .hi = 20}});
  conn.run("update flux_email_messages set refetch_at = now()");
  auto claimed = perform(pg::claim_refetches{1}).at(0);

  perform(pg::postpone_refetches{claimed, std::chrono::seconds{4}});

  BOOST_TEST(value("select (refetch_at - now() between '3 seconds' and '4 seconds')::text from "
                   "flux_email_messages")
             == "true");
  BOOST_TEST(perform(pg::claim_refetches{1}).empty());
  perform(pg::postpone_refetches{claimed, std::chrono::milliseconds{0}});
  BOOST_TEST(perform(pg::claim_refetches{1}).size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_refetch_that_nobody_can_read_is_put_off_beyond_its_claim) {
  store({{.content = "A", .lo = 10, .hi = 20}});
  conn.run("update flux_email_messages set refetch_at = now()");
  auto claimed = perform(pg::claim_refetches{1}).at(0);
  perform(pg::postpone_refetches{claimed, std::chrono::hours{6}});
  BOOST_TEST(value("select (refetch_at - now() between '5:59' and '6:00')::text from "
                   "flux_email_messages")
             == "true");
}

BOOST_AUTO_TEST_CASE(a_refetch_in_new_doubt_is_never_put_off) {
  store({{.content = "A", .lo = 10, .hi = 20}});
  conn.run("update flux_email_messages set refetch_at = now()");
  auto claimed = perform(pg::claim_refetches{1}).at(0);
  conn.run("update flux_email_messages set refetch_at = now() + interval '1 second'");
  perform(pg::postpone_refetches{claimed, std::chrono::seconds{30}});
  BOOST_TEST(
    value("select (refetch_at < now() + interval '2 seconds')::text from flux_email_messages")
    == "true");

  // What was settled meanwhile stays settled.
  store({{.content = "A", .lo = 30, .hi = 40}});
  perform(pg::postpone_refetches{claimed, std::chrono::seconds{1}});
  BOOST_TEST(value("select (refetch_at is null)::text from flux_email_messages") == "true");
}

BOOST_AUTO_TEST_CASE(the_second_404_an_hour_later_makes_a_tombstone) {
  store({{.lo = 10, .hi = 20}});
  conn.run("update flux_email_messages set refetch_at = now()");
  auto claimed = perform(pg::claim_refetches{1}).at(0);

  BOOST_TEST(!perform(pg::refetch_not_found{claimed}));
  // The same answer told twice, and a second 404 too early, are not the second 404.
  BOOST_TEST(!perform(pg::refetch_not_found{claimed}));
  claimed.not_found = 1;
  BOOST_TEST(!perform(pg::refetch_not_found{claimed}));
  conn.run("update flux_email_messages set not_found_at = now() - interval '61 seconds'");
  BOOST_TEST(!perform(pg::refetch_not_found{claimed}));
  conn.run("update flux_email_messages set not_found_at = now() - interval '1 hour'");
  BOOST_TEST(perform(pg::refetch_not_found{claimed}));
}

BOOST_AUTO_TEST_CASE(the_second_404_a_minute_later_does_where_somebody_waits) {
  store({{.lo = 10, .hi = 20}});
  conn.run("update flux_email_messages set refetch_at = now()");
  auto claimed = perform(pg::claim_refetches{1}).at(0);

  BOOST_TEST(!perform(pg::refetch_not_found{claimed, true}));
  claimed.not_found = 1;
  conn.run("update flux_email_messages set not_found_at = now() - interval '61 seconds'");
  BOOST_TEST(perform(pg::refetch_not_found{claimed, true}));

  BOOST_TEST(value("select (deleted_at is not null)::text from flux_email_messages") == "true");
}

BOOST_AUTO_TEST_CASE(a_message_that_is_found_again_needs_two_404s_anew) {
  store({{.lo = 10, .hi = 20}});
  conn.run("update flux_email_messages set refetch_at = now()");
  auto claimed = perform(pg::claim_refetches{1}).at(0);
  perform(pg::refetch_not_found{claimed});

  store({{.lo = 30, .hi = 40}});

  BOOST_TEST(value("select not_found || '|' || (refetch_at is null) from flux_email_messages")
             == "0|true");
}

BOOST_AUTO_TEST_CASE(two_writers_of_the_same_messages_do_not_deadlock_and_lose_nothing) {
  auto write = [&](bool reversed) {
    pg::connection own{url()};
    for (int round = 0; round < 20; ++round) {
      test::message_batch batch{inbox};
      for (int i = 0; i < 50; ++i) {
        auto number = round * 50 + (reversed ? 49 - i : i);
        batch.add({.id = "m" + std::to_string(number),
                   .thread = "t" + std::to_string(number % 7),
                   .lo = 10,
                   .hi = 20});
      }
      pg::store_messages{batch.columns()}.run(own);
    }
  };

  { std::jthread one(write, false), other(write, true); }

  BOOST_TEST(value("select count(*) from flux_email_messages") == "1000");
  BOOST_TEST(value("select sum(message_count) from flux_email_threads") == "1000");
}

BOOST_AUTO_TEST_CASE(a_folder_is_renamed_deleted_and_keeps_its_name) {
  perform(pg::store_folders{
    {{inbox, "f1", "Old", "", "[]", false}, {inbox, "f1", "New", "", R"(["\\Inbox"])", true}}});
  perform(pg::store_folders{{{inbox, "f1", {}, {}, {}, {}, true}}});

  BOOST_TEST(value("select name || attributes || system_folder || (deleted_at is not null) "
                   "from flux_email_folders")
             == R"(New["\\Inbox"]truetrue)");
}

BOOST_AUTO_TEST_CASE(what_is_not_said_of_a_folder_stays) {
  perform(pg::store_folders{{{inbox, "f1", "Sent", "p", R"(["\\Sent"])", true}}});
  perform(
    pg::store_folders{{{inbox, "f1", {}, "q", {}, {}, false}, {inbox, "f2", {}, {}, {}, {}}}});

  BOOST_TEST(value("select string_agg(concat_ws('|', name, parent_id, attributes, system_folder), "
                   "',' order by nylas_folder_id) from flux_email_folders")
             == R"(Sent|q|["\\Sent"]|t,||[]|f)");
}

BOOST_AUTO_TEST_SUITE_END()
