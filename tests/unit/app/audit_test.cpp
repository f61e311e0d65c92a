#include "tests/unit/app/compared_mailbox.hpp"

#include <boost/test/unit_test.hpp>

using namespace nova;
namespace simulator = nova::simulator;

namespace {

constexpr sql::statement short_minute{
  "short_minute",
  "create or replace function nova.not_found_delay_short() returns interval language sql "
  "immutable set search_path = pg_catalog, pg_temp as $$ select interval '300 milliseconds' $$"};
constexpr sql::statement tombstones{
  "tombstones", "select count(*) from flux_email_messages where deleted_at is not null"};
constexpr sql::statement middle_day{
  "middle_day", "select to_char(max(message_date) - interval '60 days', 'YYYY-MM-DD') "
                "from flux_email_messages"};
constexpr sql::statement misdate{"misdate",
                                 "update flux_email_messages set message_date = '2020-01-02' "
                                 "where nylas_message_id = $1"};

struct fixture : test::compared_mailbox {
  fixture() : compared_mailbox(30) {
    conn.exec(short_minute);
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(audit_test, fixture)

BOOST_AUTO_TEST_CASE(equal_sides_end_with_0) {
  auto ended = audit();
  BOOST_TEST(ended.code == 0, ended.err);
  BOOST_TEST(ended.says(R"("equal":true)"), ended.out);
}

BOOST_AUTO_TEST_CASE(what_differs_ends_with_1_and_is_repaired_on_demand) {
  auto changed = some_message();
  provider.change().quiet().create(mail(), {});
  simulator::message_edit edit;
  edit.subject = "changed";
  provider.change().quiet().edit(mail(), changed, edit);

  auto found = audit();
  auto repaired = audit({"--repair"});

  BOOST_TEST(found.code == 1);
  BOOST_TEST(found.says(R"("missing":1,"stale":1,"extra":0)"), found.out);
  BOOST_TEST(repaired.code == 0, repaired.err);
  BOOST_TEST(repaired.says(R"("repaired":2)"), repaired.out);
  BOOST_TEST(audit().code == 0);
}

BOOST_AUTO_TEST_CASE(what_the_database_alone_has_is_deleted_by_two_404s) {
  auto gone = some_message();
  BOOST_REQUIRE(provider.change().quiet().remove(mail(), gone));

  auto found = audit();
  auto repaired = audit({"--repair"});

  BOOST_TEST(found.code == 1);
  BOOST_TEST(found.says(R"("extra":1)"), found.out);
  BOOST_TEST(repaired.code == 0, repaired.out);
  BOOST_TEST(repaired.says(R"("deleted":1,"unresolved":0)"), repaired.out);
  BOOST_TEST(conn.exec(tombstones).value<int64_t>() == 1);
  BOOST_TEST(audit().code == 0);
}

BOOST_AUTO_TEST_CASE(one_404_deletes_nothing) {
  // A row whose date is wrong is in a window in which the provider does not list it.
  conn.exec(misdate, some_message());
  fails(R"({"fault":"404-then-ok","path_regex":"/messages/[^?]","times":1})");

  auto repaired = audit({"--repair", "--from", "2020-01-01", "--to", "2020-01-03"});

  BOOST_TEST(repaired.says(R"("extra":1)"), repaired.out);
  BOOST_TEST(repaired.says(R"("deleted":0,"unresolved":0)"), repaired.out);
  BOOST_TEST(conn.exec(tombstones).value<int64_t>() == 0);
}

BOOST_AUTO_TEST_CASE(a_window_sees_its_own_mail_only) {
  auto middle = conn.exec(middle_day).value<std::string>();
  provider.change().quiet().create(mail(), {});

  auto before = audit({"--to", middle});
  auto after = audit({"--from", middle});

  BOOST_TEST(before.code == 0, before.out);
  BOOST_TEST(!before.says(R"("messages":0)"), before.out);
  BOOST_TEST(after.code == 1);
  BOOST_TEST(after.says(R"("missing":1,"stale":0,"extra":0)"), after.out);
}

BOOST_AUTO_TEST_CASE(a_window_that_ends_before_it_begins_is_refused) {
  auto ended = audit({"--from", "2026-02-01", "--to", "2026-01-01"});
  BOOST_TEST(ended.code == 2);
  BOOST_TEST(ended.err.find("is not before --to") != std::string::npos, ended.err);
  BOOST_TEST(audit({"--from", "yesterday"}).code == 2);
}

BOOST_AUTO_TEST_CASE(a_message_that_is_listed_in_each_of_its_folders_is_one_message) {
  const auto& folders = mail().mail->source().folders();
  simulator::new_message wanted;
  wanted.id = "<c1@x>";
  wanted.folders = {folders[0].id, folders[1].id};
  BOOST_REQUIRE(provider.change().quiet().create(mail(), wanted));
  auto once = audit({"--repair"});
  {
    std::lock_guard lock{mail().guard};
    mail().condition.habits.lists_each_folder = true;
  }

  auto listed_twice = audit();
  BOOST_TEST(listed_twice.code == 0, listed_twice.out);
  BOOST_TEST(listed_twice.says(R"("stale":0)"), listed_twice.out);
  conn.exec({"forget_folders", "update flux_email_messages set folders = '[]', core_hash = null "
                               "where nylas_message_id = '<c1@x>'"});
  BOOST_TEST(audit({"--repair"}).says(R"("repaired":1)"));
  BOOST_TEST(audit().code == 0);
  auto count_of = [](const outcome& one) {
    return one.out.substr(one.out.find("\"messages\":"), 16);
  };
  BOOST_TEST(count_of(once) == count_of(listed_twice));
}

BOOST_AUTO_TEST_SUITE_END()
