#include "pg/email/claim_rejects.hpp"
#include "pg/email/count_rejects.hpp"
#include "pg/email/forget_rejects.hpp"
#include "pg/email/list_rejects.hpp"
#include "pg/email/record_rejects.hpp"
#include "pg/email/reject_still.hpp"
#include "pg/program_version.hpp"
#include "tests/unit/pg/email_builders.hpp"

#include <boost/test/unit_test.hpp>

using namespace nova;

namespace {

struct fixture : test::email_fixture {
  void keep(const std::string& id, const std::string& raw, const std::string& kind = "message") {
    perform(
      pg::record_rejects{{inbox_id{inbox}}, {{kind, id, "hash of " + id, "id: too long", raw}}});
  }

  /// As an older version of the program would have left them.
  void age() {
    (void)value("with u as (update flux_email_rejects set version = '0.0.0' returning 1) "
                "select count(*) from u");
  }

  std::string kept_bytes() {
    return value("select reject_bytes from flux_inboxes");
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(email_rejects_test, fixture)

BOOST_AUTO_TEST_CASE(what_cannot_be_read_is_kept_once_and_counted_each_time) {
  keep("m1", "{}");
  keep("m1", R"({"a":1})");
  keep("m2", "");

  auto listed = perform(pg::list_rejects{inbox_id{inbox}, 10});
  BOOST_TEST_REQUIRE(listed.size() == 2u);
  BOOST_TEST(value("select times_seen || raw from flux_email_rejects where provider_id = 'm1'")
             == R"(2{"a":1})");
  BOOST_TEST(value("select count(raw) from flux_email_rejects") == "1");
  BOOST_TEST(kept_bytes() == "7");
  BOOST_TEST(perform(pg::count_rejects{}).at(0).count == 2u);
}

BOOST_AUTO_TEST_CASE(beyond_what_an_inbox_may_keep_only_id_and_reason_are) {
  (void)value("with u as (update flux_inboxes set reject_bytes = nova.reject_bytes_max() - 10 "
              "returning 1) select count(*) from u");
  keep("m1", R"({"a":12345})");
  keep("m2", R"({"a":1})");

  BOOST_TEST(value("select string_agg(provider_id || coalesce(raw, '-'), ',' order by provider_id) "
                   "from flux_email_rejects")
             == R"(m1-,m2{"a":1})");
  BOOST_TEST(value("select string_agg(reason, ',') from flux_email_rejects")
             == "id: too long,id: too long");
}

BOOST_AUTO_TEST_CASE(one_above_a_mebibyte_is_kept_by_name) {
  keep("m1", '"' + std::string(size_t{1} << 20, 'x') + '"');
  BOOST_TEST(value("select count(*) - count(raw) from flux_email_rejects") == "1");
  BOOST_TEST(kept_bytes() == "0");
}

BOOST_AUTO_TEST_CASE(what_this_version_could_not_read_is_not_claimed) {
  keep("m1", "{}");
  BOOST_TEST(perform(pg::claim_rejects{10}).empty());
}

BOOST_AUTO_TEST_CASE(what_another_version_could_not_read_is_claimed_once) {
  keep("m1", "{}");
  keep("m2", "");
  age();

  auto claimed = perform(pg::claim_rejects{10});
  BOOST_TEST_REQUIRE(claimed.size() == 1u);
  BOOST_TEST(claimed[0].raw == "{}");
  BOOST_TEST(claimed[0].identity == "hash of m1");
  BOOST_TEST(claimed[0].last_seen_at > 1'700'000'000'000'000);
  BOOST_TEST(perform(pg::claim_rejects{10}).empty());
}

BOOST_AUTO_TEST_CASE(what_can_be_read_now_goes_and_gives_its_room_back) {
  keep("m1", "{}");
  age();
  BOOST_TEST(perform(pg::forget_rejects{perform(pg::claim_rejects{10})}) == 1u);
  BOOST_TEST(value("select count(*) from flux_email_rejects") == "0");
  BOOST_TEST(kept_bytes() == "0");
}

BOOST_AUTO_TEST_CASE(what_cannot_be_read_still_waits_for_the_next_version) {
  keep("m1", "{}");
  age();
  perform(pg::reject_still{perform(pg::claim_rejects{10}), {"other reason"}});
  BOOST_TEST(perform(pg::list_rejects{{}, 10}).at(0).reason == "other reason");
  BOOST_TEST(value("select version from flux_email_rejects") == pg::program_version());
  BOOST_TEST(perform(pg::claim_rejects{10}).empty());
}

BOOST_AUTO_TEST_CASE(a_message_that_was_stored_meanwhile_is_none_any_more) {
  keep("m1", "{}");
  keep("m2", "{}");
  store({{.id = "m1", .lo = 4'000'000'000'000'000, .hi = 4'000'000'000'000'001},
         {.id = "m2", .content = "B", .lo = 10, .hi = 20}});

  BOOST_TEST(perform(pg::claim_rejects{10}).empty());
  BOOST_TEST(value("select string_agg(provider_id, ',') from flux_email_rejects") == "m2");
}

BOOST_AUTO_TEST_CASE(an_inbox_that_is_gone_keeps_nothing) {
  perform(pg::record_rejects{{inbox_id{"00000000-0000-0000-0000-00000000000f"}},
                             {{"message", "m", "h", "r", ""}}});
  BOOST_TEST(value("select count(*) from flux_email_rejects") == "0");
}

BOOST_AUTO_TEST_SUITE_END()
