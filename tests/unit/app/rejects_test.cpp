// From a page to flux_email_rejects and back: what the database refuses and what a later version
// reads, with a real database.
#include "actors/rejects.hpp"

#include "actors/mail_batch.hpp"
#include "pg/email/count_rejects.hpp"
#include "pg/email/list_rejects.hpp"
#include "pg/email/record_rejects.hpp"
#include "tests/unit/app/mail_batch_fixture.hpp"

#include <boost/test/unit_test.hpp>

using namespace nova;

namespace {

constexpr sql::statement alive{
  "alive", "select coalesce(string_agg(nylas_message_id, ' ' order by nylas_message_id), '') "
           "from flux_email_messages where deleted_at is null"};
constexpr sql::statement make_old{"make_old", "update flux_email_rejects set version = '0.0.0'"};
constexpr sql::statement folder{"folder", "select name from flux_email_folders"};

struct fixture : mail_batch_fixture {
  std::string stored() {
    return conn.exec(alive).value<std::string>();
  }

  void keep(const std::string& kind, const std::string& raw) {
    perform(pg::record_rejects{{inbox}, {{kind, "", "hash of " + raw, "why", raw}}});
    conn.exec(make_old);
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(rejects_test, fixture)

BOOST_AUTO_TEST_CASE(a_message_that_the_server_refuses_costs_no_other) {
  auto poison = message("poison");
  poison.metadata = "{";
  auto answers = perform(write_mail{
    {page({message("m1"), poison, message("m2"), message("m3")}), page({message("m4")})}});

  BOOST_TEST_REQUIRE(answers.size() == 2u);
  BOOST_TEST(answers[0].refused == "");
  BOOST_TEST(answers[0].written == 3u);
  BOOST_TEST(stored() == "m1 m2 m3 m4");
  auto rejects = perform(pg::list_rejects{inbox, 10});
  BOOST_TEST_REQUIRE(rejects.size() == 1u);
  BOOST_TEST(rejects[0].provider_id == "poison");
  BOOST_TEST(rejects[0].reason.find("json") != std::string::npos, rejects[0].reason);
}

BOOST_AUTO_TEST_CASE(an_unknown_inbox_is_refused_as_before) {
  auto lost = page({message("m1")});
  lost.inbox.value = "00000000-0000-0000-0000-00000000000f";
  BOOST_TEST(!perform(write_mail{{lost}}).at(0).refused.empty());
  BOOST_TEST(perform(pg::count_rejects{}).empty());
}

BOOST_AUTO_TEST_CASE(what_a_page_could_not_read_is_kept_with_it) {
  auto request = page({message("m1")});
  request.rejects = {{"message", "long", "1234567890123456", "id: too long", "{}"}};
  perform(write_mail{{request}});

  BOOST_TEST(stored() == "m1");
  BOOST_TEST(perform(pg::list_rejects{{}, 10}).at(0).reason == "id: too long");
}

BOOST_AUTO_TEST_CASE(what_a_later_version_reads_is_stored_and_goes) {
  keep("message", R"({"id":"m1","subject":"at last","body":"b"})");
  keep("folder", R"({"id":"f1","name":"Sent"})");
  keep("thread", R"({"id":"t1"})");
  keep("message", R"({"subject":"still without an id"})");

  BOOST_TEST(reread_rejects(conn, 100) == 4u);

  BOOST_TEST(stored() == "m1");
  BOOST_TEST(conn.exec(folder).value<std::string>() == "Sent");
  auto left = perform(pg::list_rejects{{}, 10});
  BOOST_TEST_REQUIRE(left.size() == 1u);
  BOOST_TEST(left[0].reason == "data.id: missing");
  BOOST_TEST(reread_rejects(conn, 100) == 0u);
}

BOOST_AUTO_TEST_CASE(what_the_server_refused_can_be_read_again) {
  auto refused = message("m1");
  refused.date = 1'700'000'000;
  refused.carried &= ~carries_body;
  auto reject = refused_message(refused, "why");
  keep("message", reject.raw);
  BOOST_TEST(reread_rejects(conn, 100) == 1u);
  BOOST_TEST(stored() == "m1");
  BOOST_TEST(reject.raw.find("body") == std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
