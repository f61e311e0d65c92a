#include "nylas/digest.hpp"
#include "pg/email/claim_attachments.hpp"
#include "pg/email/follow_attachments.hpp"
#include "pg/email/store_attachment.hpp"
#include "tests/unit/app/compared_mailbox.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

using namespace nova;
namespace data = boost::unit_test::data;

namespace {

constexpr sql::statement states{
  "states", "select coalesce(string_agg(distinct state, ' '), '') from nova.mail_certificates"};
constexpr sql::statement days_of_state{
  "days_of_state", "select count(*) from nova.mail_certificates where state = $1"};
constexpr sql::statement named{
  "named", "select coalesce(string_agg(n, ' ' order by n), '') from nova.mail_certificates c "
           "cross join unnest(c.missing || c.extra || c.differing || c.rejected) n"};
constexpr sql::statement completeness{"completeness", "select days_broken from mail_completeness"};
constexpr sql::statement forge{
  "forge", "alter table nova.mail_certificate_events disable trigger only_added_to"};
constexpr sql::statement forge_row{
  "forge_row", "update nova.mail_certificate_events set what = what || '{\"state\": \"verified\"}' "
               "where id = (select min(id) from nova.mail_certificate_events)"};
constexpr sql::statement unfinished{"unfinished", "select count(*) from nova.mail_listed"};

struct fixture : test::compared_mailbox {
  fixture() : compared_mailbox(80) {}

  /// What the tool without Nova's code says; its exit code.
  int check_apart(const std::string& file) {
    auto command = "DATABASE_URL='" + url() + "' NYLAS_API_URI='" + provider.url()
                   + "' NYLAS_API_KEY='" + provider.api_key() + "' python3 "
                   + NOVA_SOURCE "/tools/check_certificate.py '" + file + "' > '" + file
                   + ".out' 2>&1";
    // NOLINTNEXTLINE(cert-env33-c,concurrency-mt-unsafe): the tool is run as its users run it
    return std::system(command.c_str());
  }

  /// Stores the bytes of the mailbox' attachments but one; returns how many that are.
  uint64_t store_bytes() {
    pg::follow_attachments{10'000, 1 << 20}.run(conn);
    auto due = pg::claim_attachments{10'000, 10'000, {}, 1 << 20, 0}.run(conn);
    due.pop_back();
    for (const auto& one : due) {
      auto bytes = "bytes of " + one.id.value;
      BOOST_REQUIRE((pg::store_attachment{one, nylas::sha256_of(bytes), bytes}.run(conn)));
    }
    return due.size();
  }
};

/// Calls that a list of so many messages takes.
uint64_t pages(uint64_t messages, uint64_t limit) {
  return (messages + limit - 1) / limit;
}

std::string calls(uint64_t count) {
  return "\"api_calls\":" + std::to_string(count) + ',';
}

/// What is done to the database, and what is then named.
struct tampering {
  const char* what;
  const char* sql;
};

std::ostream& operator<<(std::ostream& out, const tampering& one) {
  return out << one.what;
}

const tampering tamperings[] = {
  {"a byte of a body",
   "update flux_email_messages set body = overlay(body placing '~' from 3 for 1) "
   "where nylas_message_id = $1"},
  {"a subject",
   "update flux_email_messages set subject = subject || ' ' where nylas_message_id = $1"},
  {"an address",
   "update flux_email_messages set from_addresses = '[]' where nylas_message_id = $1"},
  {"a flag", "update flux_email_messages set starred = not starred where nylas_message_id = $1"},
  {"a row", "delete from flux_email_messages where nylas_message_id = $1"},
  {"a tombstone", "update flux_email_messages set deleted_at = now() where nylas_message_id = $1"},
  {"a date", "update flux_email_messages set message_date = message_date - interval '3 days' "
             "where nylas_message_id = $1"},
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(certify_test, fixture)

BOOST_AUTO_TEST_CASE(every_day_of_an_equal_mailbox_is_verified) {
  auto ended = certify();
  BOOST_TEST(ended.code == 0, ended.out + ended.err);
  BOOST_TEST(ended.says(R"("broken":0,"stale":0,"unprovable":0)"), ended.out);
  BOOST_TEST(conn.exec(states).value<std::string>() == "verified");
  BOOST_TEST(conn.exec(unfinished).value<int64_t>() == 0);
}

BOOST_DATA_TEST_CASE(what_is_changed_by_sql_is_named, data::make(tamperings)) {
  auto id = some_message();
  const sql::statement change{"change", sample.sql};
  conn.exec(change, id);

  auto found = certify();

  BOOST_TEST(found.code == 1);
  BOOST_TEST(conn.exec(named).value<std::string>().find(id) != std::string::npos,
             conn.exec(named).value<std::string>());
  BOOST_TEST(conn.exec(completeness).value<int64_t>() >= 1);

  auto repaired = certify({"--repair"});
  BOOST_TEST(certify().code == 0, repaired.out + repaired.err);
}

BOOST_AUTO_TEST_CASE(what_the_provider_alone_has_breaks_its_day_and_is_repaired) {
  provider.change().quiet().create(mail(), {});

  auto found = certify();
  auto repaired = certify({"--repair"});

  BOOST_TEST(found.code == 1);
  BOOST_TEST(found.says(R"("broken":1)"), found.out);
  BOOST_TEST(repaired.code == 0, repaired.out);
  BOOST_TEST(conn.exec(states).value<std::string>() == "verified");
}

BOOST_AUTO_TEST_CASE(a_list_that_ends_in_the_middle_verifies_nothing) {
  fails(R"({"fault":"401","path_regex":"/messages","every":2})");
  conn.exec(sql::statement{"age", "update nova.mail_certificates set state = 'unknown'"});

  auto found = certify();

  BOOST_TEST(found.code != 0);
  BOOST_TEST(found.err.find("HTTP 401") != std::string::npos, found.err);
  BOOST_TEST(found.err.find("NYLAS_API_KEY is wrong") != std::string::npos, found.err);
  BOOST_TEST(conn.exec(days_of_state, std::string{"verified"}).value<int64_t>() == 0);
  BOOST_TEST(conn.exec(unfinished).value<int64_t>() == 0);
}

BOOST_AUTO_TEST_CASE(a_provider_that_throttles_is_waited_for_and_the_user_told) {
  fails(R"({"fault":"429","path_regex":"/messages","count":3,"retry_after":1})");
  auto began = base::monotonic_now();

  auto ended = run({"certify", "owner@example.com"});

  BOOST_TEST(ended.code == 0, ended.out + ended.err);
  BOOST_TEST(ended.err.find("waits: HTTP 429") != std::string::npos, ended.err);
  BOOST_TEST(ended.err.find("HTTP 429") == ended.err.rfind("HTTP 429"), ended.err); // once
  BOOST_TEST((base::monotonic_now() - began >= std::chrono::seconds{3}));
  BOOST_TEST(conn.exec(states).value<std::string>() == "verified");
}

BOOST_AUTO_TEST_CASE(a_page_that_fails_comes_in_smaller_ones) {
  BOOST_REQUIRE(brought.messages > 200u);
  fails(R"({"fault":"504","path_regex":"/messages","count":1})");
  auto ended = audit();
  BOOST_TEST(ended.code == 0, ended.out + ended.err);
  BOOST_TEST(ended.says(calls(1 + pages(brought.messages, 100))), ended.out);
}

BOOST_AUTO_TEST_CASE(a_cursor_that_is_refused_in_the_middle_has_the_list_begin_again) {
  BOOST_REQUIRE(brought.messages > 200u);
  fails(R"({"fault":"stale-cursor","path_regex":"/messages","every":2,"count":1})");
  conn.exec(sql::statement{"lose", "delete from flux_email_messages where nylas_message_id = $1"},
            some_message());

  auto found = audit();

  BOOST_TEST(found.code == 1, found.err);
  BOOST_TEST(found.says(R"("missing":1,"stale":0,"extra":0)"), found.out);
  BOOST_TEST(found.says(calls(2 + pages(brought.messages, 200))), found.out);
  BOOST_TEST(conn.exec(unfinished).value<int64_t>() == 0);
}

BOOST_AUTO_TEST_CASE(a_provider_that_never_answers_certifies_nothing_and_says_why) {
  fails(R"({"fault":"stale-cursor","path_regex":"/messages"})");
  conn.exec(sql::statement{"age", "update nova.mail_certificates set state = 'unknown'"});

  auto ended = certify();

  BOOST_TEST(ended.code == 1, ended.out);
  BOOST_TEST(ended.err.find("the provider's messages cannot be listed: ") != std::string::npos,
             ended.err);
  BOOST_TEST(conn.exec(days_of_state, std::string{"verified"}).value<int64_t>() == 0);
  BOOST_TEST(conn.exec(unfinished).value<int64_t>() == 0);
}

BOOST_AUTO_TEST_CASE(a_paused_inbox_is_compared_by_hand) {
  conn.exec(sql::statement{"pause", "update flux_inboxes set status = 'auth_expired'"});
  auto ended = certify();
  BOOST_TEST(ended.code == 0, ended.out + ended.err);
  BOOST_TEST(ended.says(R"("broken":0,"stale":0)"), ended.out);
}

BOOST_AUTO_TEST_CASE(who_only_looks_at_what_is_gone_starts_no_deletion) {
  auto gone = some_message();
  BOOST_REQUIRE(provider.change().quiet().remove(mail(), gone));

  auto found = run({"certify", "owner@example.com"});

  const sql::statement looked{"looked", "select not_found from flux_email_messages where "
                                        "nylas_message_id = $1"};
  BOOST_TEST(found.code == 1);
  BOOST_TEST(found.says(gone + ": in the database alone"), found.out);
  BOOST_TEST(conn.exec(looked, gone).value<int64_t>() == 0);
}

BOOST_AUTO_TEST_CASE(a_range_is_certified_alone) {
  auto ended = certify({"--from", "2020-01-01", "--to", "2020-01-03"});
  BOOST_TEST(ended.code == 0, ended.out + ended.err);
  BOOST_TEST(ended.says(R"("days":3,"verified":3)"), ended.out);
  BOOST_TEST(certify({"--from", "2020-02-01", "--to", "2020-01-03"}).code == 2);
}

BOOST_AUTO_TEST_CASE(a_file_is_checked_with_and_without_nova) {
  auto file =
    (std::filesystem::temp_directory_path() / ("nova-certificate-" + inbox + ".json")).string();
  BOOST_REQUIRE(certify({"--out", file}).code == 0);

  BOOST_TEST(run({"certify", "--check", file}).code == 0);
  BOOST_TEST(check_apart(file) == 0);

  conn.exec(sql::statement{"lose", "delete from flux_email_messages where nylas_message_id = $1"},
            some_message());
  auto changed = run({"certify", "--check", file});
  BOOST_TEST(changed.code == 1);
  BOOST_TEST(changed.says("other messages than then are stored"), changed.out);
  BOOST_TEST(check_apart(file) != 0);
  std::filesystem::remove(file);
  std::filesystem::remove(file + ".out");
}

BOOST_AUTO_TEST_CASE(a_forged_log_is_found_out) {
  auto file =
    (std::filesystem::temp_directory_path() / ("nova-forged-" + inbox + ".json")).string();
  BOOST_REQUIRE(certify({"--out", file}).code == 0);
  conn.exec(forge);
  conn.exec(forge_row);

  auto changed = run({"certify", "--check", file});

  BOOST_TEST(changed.code == 1);
  BOOST_TEST(changed.says("of the log are not what they were"), changed.out);
  std::ofstream{file} << "{}";
  BOOST_TEST(run({"certify", "--check", file}).code == 2);
  BOOST_TEST(run({"certify", "--check", file + "x"}).code == 2);
  std::filesystem::remove(file);
}

BOOST_AUTO_TEST_CASE(attachments_and_their_bytes_are_counted_where_bytes_are_asked_for) {
  auto stored = store_bytes();
  BOOST_REQUIRE(stored > 20u);
  BOOST_TEST(!certify().says("attachments"));
  kept = "1MB";

  auto ended = certify();

  BOOST_TEST(ended.code == 0, ended.out + ended.err);
  auto n = std::to_string(stored);
  BOOST_TEST(ended.says("\"attachments\":" + std::to_string(stored + 1)
                        + ",\"attachments_stored\":" + n
                        + R"(,"attachments_too_large":0,"attachments_unavailable":0,)"
                          R"("attachments_waiting":1,"equal":true)"),
             ended.out);
}

BOOST_AUTO_TEST_CASE(stored_bytes_that_somebody_changed_are_found_when_they_are_asked_for) {
  auto stored = store_bytes();
  kept = "1MB";
  auto good = certify({"--attachments"});
  BOOST_TEST(good.code == 0, good.out + good.err);
  BOOST_TEST(good.says("\"contents_checked\":" + std::to_string(stored) + ",\"contents_wrong\":0"),
             good.out);
  conn.exec(sql::statement{"change", "update nova.attachment_contents set content = 'x' where "
                                     "sha256 = (select min(sha256::text)::bytea from "
                                     "nova.attachment_contents)"});

  auto changed = certify({"--attachments"});
  auto told = run({"certify", "owner@example.com", "--attachments"});

  BOOST_TEST(changed.code == 1);
  BOOST_TEST(changed.says(R"("contents_wrong":1,"equal":false)"), changed.out);
  BOOST_TEST(told.says("  bytes of attachment att"), told.out);
  BOOST_TEST(told.says(": altered\n"), told.out);
  BOOST_TEST(certify().code == 0); // of mail nothing differs
}

BOOST_AUTO_TEST_CASE(attachments_that_are_not_kept_do_not_differ_and_come_when_they_are) {
  const sql::statement rows{"rows", "select count(*) from flux_email_attachments"};
  auto all = conn.exec(rows).value<uint64_t>();
  kept = "none";
  BOOST_TEST(certify().code == 0);
  conn.exec(sql::statement{"lose", "delete from flux_email_attachments"});
  BOOST_TEST(certify().code == 0);
  conn.exec(sql::statement{"forget", "delete from flux_email_messages"});
  auto brought = certify({"--repair"});
  BOOST_TEST(brought.code == 0, brought.out + brought.err);
  BOOST_TEST(conn.exec(rows).value<uint64_t>() == 0u);
  BOOST_TEST(certify().code == 0);

  kept = "metadata";
  BOOST_TEST(certify().code == 1);
  auto repaired = certify({"--repair"});

  BOOST_TEST(repaired.code == 0, repaired.out + repaired.err);
  BOOST_TEST(conn.exec(rows).value<uint64_t>() == all);
}

BOOST_AUTO_TEST_SUITE_END()
