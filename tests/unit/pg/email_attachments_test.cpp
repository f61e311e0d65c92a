#include "pg/email/check_attachments.hpp"
#include "pg/email/claim_attachments.hpp"
#include "pg/email/fit_attachments.hpp"
#include "pg/email/follow_attachments.hpp"
#include "pg/email/settle_attachment.hpp"
#include "pg/email/store_attachment.hpp"
#include "pg/email/sweep_attachment_contents.hpp"
#include "pg/email/waiting_attachments.hpp"
#include "tests/unit/pg/email_builders.hpp"

#include <boost/test/unit_test.hpp>

using namespace nova;
using namespace std::chrono_literals;

namespace {

constexpr uint64_t kib = 1024;

struct attachments_fixture : test::email_fixture {
  attachments_fixture() {
    store({{.attachments = R"([{"id":"a1","size":10},{"id":"a2"},{"id":"a3","size":5000}])"}});
    BOOST_REQUIRE((perform(pg::follow_attachments{100, kib}) == 1u));
  }

  std::vector<due_attachment> claim(std::vector<grant_share> held = {}, uint32_t share = 10) {
    return perform(pg::claim_attachments{10, share, std::move(held), kib, 0});
  }

  std::string sha256_of(const std::string& content) {
    const sql::statement query{"sha256", "select sha256($1::bytea)"};
    return conn.exec(query, pg::bytes{content}).value<pg::bytes>().value;
  }

  bool keep(const due_attachment& which, const std::string& content) {
    return perform(pg::store_attachment{which, sha256_of(content), content});
  }

  std::string states() {
    return value("select string_agg(nylas_attachment_id || ' ' || state, ', ' order by "
                 "nylas_attachment_id) from nova.attachment_bytes");
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(email_attachments_test, attachments_fixture)

BOOST_AUTO_TEST_CASE(what_is_claimed_is_all_that_its_call_needs) {
  auto due = claim();
  BOOST_REQUIRE(due.size() == 2u);
  BOOST_TEST(due[0].inbox.value == inbox);
  BOOST_TEST(due[0].grant.value == "grant-1");
  BOOST_TEST(due[0].message.value == "m1");
  BOOST_TEST(due[0].id.value == "a1");
  BOOST_TEST(due[0].listed_size.value() == 10u);
  BOOST_TEST(!due[1].listed_size.has_value());
  BOOST_TEST(due[0].attempts == 0u);
  BOOST_TEST(claim().empty());
  BOOST_TEST((perform(pg::fit_attachments{kib, 0}) == 2u));
  BOOST_TEST(claim({{grant_id{"grant-1"}, 9}}).size() == 1u);
}

BOOST_AUTO_TEST_CASE(bytes_of_every_kind_are_stored_and_checked_as_they_are) {
  std::string bytes;
  for (int i = 0; i < 1000; ++i)
    bytes += static_cast<char>(i);
  auto due = claim();
  BOOST_TEST(keep(due.at(0), bytes));
  BOOST_TEST(!keep(due.at(0), bytes));
  BOOST_TEST(keep(due.at(1), ""));
  BOOST_TEST(states() == "a1 stored, a2 stored, a3 too_large");

  auto checked = perform(pg::check_attachments{inbox_id{inbox}, {}});
  BOOST_REQUIRE(checked.size() == 2u);
  for (const auto& one : checked) {
    BOOST_TEST(one.problem.empty());
    BOOST_TEST((one.sha256 == sha256_of(one.id.value == "a1" ? bytes : "")));
    BOOST_TEST(one.message.value == "m1");
  }
  BOOST_TEST(perform(pg::check_attachments{inbox_id{inbox}, checked[1].sha256}).empty());
}

BOOST_AUTO_TEST_CASE(a_claim_ends_without_bytes_only_by_who_has_it) {
  auto due = claim();
  auto settle = [&](const due_attachment& which, attachment_outcome outcome,
                    std::chrono::milliseconds delay = 0ms) {
    return perform(pg::settle_attachment{which, outcome, 7, delay, "why"});
  };
  BOOST_TEST(settle(due.at(0), attachment_outcome::failed, 60s) == "due");
  BOOST_TEST(settle(due.at(0), attachment_outcome::failed) == "");
  BOOST_TEST(settle(due.at(1), attachment_outcome::too_large) == "too_large");
  BOOST_TEST(
    value("select concat_ws('|', attempts, size, reason, due_at > now() + interval '50 s') "
          "from nova.attachment_bytes where nylas_attachment_id = 'a1'")
    == "1|7|why|t");
  auto counts = perform(pg::waiting_attachments{});
  BOOST_TEST(counts.waiting == 1u);
  BOOST_TEST(counts.failing == 0u);
}

BOOST_AUTO_TEST_CASE(contents_that_nothing_names_are_swept) {
  auto due = claim();
  keep(due.at(0), "one");
  keep(due.at(1), "two");
  conn.run("delete from nova.attachment_bytes where nylas_attachment_id = 'a2'");
  BOOST_TEST((perform(pg::sweep_attachment_contents{}) == 1u));
  BOOST_TEST(
    value("select string_agg(encode(content, 'escape'), ',') from nova.attachment_contents")
    == "one");
}

BOOST_AUTO_TEST_CASE(a_message_that_was_stored_without_its_attachments_gets_them) {
  email_message message;
  message.carried = carries_all;
  message.attachments = R"([{"id":"b1"}])";
  message.extra_hash = "h";
  auto whole = message;
  leave_out_attachments(message);
  auto rows = [&] {
    return value("select concat_ws('|', has_attachments, (select count(*) from "
                 "flux_email_attachments a where a.nylas_message_id = m.nylas_message_id)) from "
                 "flux_email_messages m where nylas_message_id = 'm2'");
  };
  auto see = [&](const email_message& seen, int64_t at) {
    return store({{.id = "m2",
                   .lo = at,
                   .hi = at,
                   .attachments = seen.attachments,
                   .extra = seen.extra_hash}});
  };
  see(message, 10);
  BOOST_TEST(rows() == "t|0");
  BOOST_TEST(see(message, 20).confirmed == 1u);
  BOOST_TEST(see(whole, 30).replaced == 1u);
  BOOST_TEST(rows() == "t|1");
  BOOST_TEST(see(whole, 40).confirmed == 1u);
  BOOST_TEST(see(message, 50).replaced == 1u);
  BOOST_TEST(rows() == "t|0");
}

BOOST_AUTO_TEST_SUITE_END()
