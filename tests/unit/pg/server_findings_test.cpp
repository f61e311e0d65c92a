#include "pg/findings.hpp"
#include "tests/support/database_fixture.hpp"
#include "tests/support/eventually.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <thread>
#include <vector>

// What the server itself has that stops or slows the work: each is done to a real one.
using namespace nova;
using base::finding_level;

namespace {

struct fixture : test::database_fixture {
  fixture() {
    other.run("set application_name = 'report'; set idle_in_transaction_session_timeout = 0");
  }

  [[nodiscard]] std::vector<base::finding> of_database() {
    auto all = pg::find_trouble(conn, 100);
    std::erase_if(all, [](const auto& one) { return one.what != "database"; });
    return all;
  }

  /// The one finding that begins so; waits for it.
  base::finding await(const std::string& text) {
    std::vector<base::finding> all;
    auto found = test::eventually([&] {
      all = of_database();
      return !all.empty() && all.front().text.find(text) != std::string::npos;
    });
    BOOST_TEST_INFO((all.empty() ? "nothing" : all.front().text));
    BOOST_REQUIRE(found);
    return all.front();
  }

  pg::connection other{url()};
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(server_findings_test, fixture)

BOOST_AUTO_TEST_CASE(nothing_is_wrong_with_a_server_of_its_own) {
  BOOST_TEST(of_database().empty());
}

BOOST_AUTO_TEST_CASE(a_database_of_another_server_is_noticed) {
  conn.run("update nova.database_identity set system_identifier = system_identifier + 1");
  auto found = await("its rows are of another server");
  BOOST_TEST((found.level == finding_level::warning));
  BOOST_TEST(found.next == "nova maintenance after-restore");
  conn.run("update nova.database_identity set system_identifier = system_identifier - 1,"
           " timeline = timeline + 1");
  await("its rows are of another timeline");
  BOOST_TEST(pg::find_restored(conn).has_value());
  conn.run("update nova.database_identity set system_identifier = null, timeline = null");
  BOOST_TEST(of_database().empty()); // whoever migrated might not ask
}

BOOST_AUTO_TEST_CASE(a_restore_of_data_that_has_not_ended_is_noticed) {
  conn.run("alter table queued_threads disable trigger user");
  auto found = await("a restore of data has not ended: 3 triggers are off");
  BOOST_TEST((found.level == finding_level::critical));
}

BOOST_AUTO_TEST_CASE(who_holds_a_lock_is_named_with_who_waits) {
  other.run("begin; lock table queued_threads in access exclusive mode");
  std::thread waits{[this] {
    pg::connection third{url()};
    third.run("select count(*) from queued_threads");
  }};
  auto found = await("holds a lock for which 1 sessions wait: select count");
  other.run("rollback");
  waits.join();
  BOOST_TEST((found.level == finding_level::critical));
  BOOST_TEST(found.text.find("(report of") != std::string::npos, found.text);
  BOOST_TEST(found.text.find("last: begin; lock table queued_threads in access exclusive mode")
               != std::string::npos,
             found.text);
  BOOST_TEST(found.next.starts_with("psql \"$DATABASE_URL\" -c 'select pg_terminate_backend("),
             found.next);
}

/// A table that nobody may read hides no more than what is in it.
BOOST_AUTO_TEST_CASE(what_is_locked_does_not_hide_the_rest) {
  conn.run("update flux_inboxes set status = status");
  other.run("begin; lock table nova.webhook_endpoints in access exclusive mode");
  auto all = pg::find_trouble(conn, 100);
  other.run("rollback");
  BOOST_REQUIRE(!all.empty());
  BOOST_TEST(all.front().text.find("findings_of_mail cannot be looked at") != std::string::npos,
             all.front().text);
}

BOOST_AUTO_TEST_CASE(what_others_write_in_quotes_is_not_shown) {
  other.run("begin; select 'a secret'");
  auto found = await("has had a transaction open");
  other.run("rollback");
  BOOST_TEST(found.text.find("last: begin; select;") != std::string::npos, found.text);
  BOOST_TEST(found.text.find("secret") == std::string::npos, found.text);
}

BOOST_AUTO_TEST_CASE(a_slot_that_nobody_reads_is_told) {
  conn.run("select pg_create_physical_replication_slot('standby_of_a_test', true)");
  auto all = of_database();
  conn.run("select pg_drop_replication_slot('standby_of_a_test')");
  BOOST_REQUIRE(all.size() == 1u);
  BOOST_TEST(all[0].text.starts_with("nobody reads the replication slot standby_of_a_test"),
             all[0].text);
  BOOST_TEST(all[0].next
             == "psql \"$DATABASE_URL\" -c \"select "
                "pg_drop_replication_slot('standby_of_a_test')\"");
}

BOOST_AUTO_TEST_CASE(a_program_that_is_older_than_the_schema_says_so) {
  conn.run("insert into nova.schema_migrations (system, name, checksum) values ('email', "
           "'999_future', 'x')");
  auto all = of_database();
  BOOST_REQUIRE(all.size() == 1u);
  BOOST_TEST((all[0].level == finding_level::warning));
  BOOST_TEST(all[0].text.find("older than the schema: email/999_future") != std::string::npos,
             all[0].text);
}

BOOST_AUTO_TEST_CASE(who_may_not_see_others_is_told_that) {
  conn.run("create role blind_of_a_test; set role blind_of_a_test");
  auto all = pg::find_trouble(conn, 100);
  conn.run("reset role; drop role blind_of_a_test");
  auto blind = std::ranges::any_of(all, [](const auto& one) {
    return one.next == "psql \"$DATABASE_URL\" -c 'grant pg_read_all_stats to blind_of_a_test'";
  });
  BOOST_TEST(blind);
}

BOOST_AUTO_TEST_SUITE_END()
