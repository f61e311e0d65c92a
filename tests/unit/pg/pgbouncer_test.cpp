#include "pg/error.hpp"
#include "pg/listener.hpp"
#include "pg/migrator.hpp"
#include "pg/watchdog.hpp"
#include "tests/support/database_fixture.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/failures.hpp"

#include <boost/test/unit_test.hpp>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <memory>
#include <thread>

// Everything that a node does with the database, through PgBouncer in transaction mode: two
// statements of ours may run in two sessions, and a session that we have used is given to others.

using namespace nova;

namespace {

constexpr auto program = "/usr/sbin/pgbouncer";

constexpr sql::statement add_rows{"add_rows", "insert into entry (id) select unnest($1::bigint[])"};
constexpr sql::statement count_rows{"count_rows", "select count(*) from entry"};
constexpr sql::statement socket_folder{"socket_folder",
                                       "select current_setting('unix_socket_directories')"};
constexpr sql::statement session{"session", "select pg_backend_pid()"};
constexpr sql::statement limits{"limits", "select current_setting('statement_timeout')"};

boost::test_tools::assertion_result is_installed(boost::unit_test::test_unit_id) {
  boost::test_tools::assertion_result there{access(program, X_OK) == 0};
  if (!there)
    there.message() << program << " is not installed (apt install pgbouncer)";
  return there;
}

/// A pooler of two sessions in front of the fixture's database, on a unix socket.
struct fixture : test::empty_database_fixture {
  fixture() {
    conn.run("create table entry (id bigint primary key)");
    const auto& server = test::database_server();
    BOOST_REQUIRE(chown(folder.path().c_str(), server.user().uid, server.user().gid) == 0);
    std::ofstream{folder.path() + "/pgbouncer.ini"}
      << "[databases]\n* = host=" << conn.exec(socket_folder).value<std::string>()
      << " user=postgres pool_size=2\n"
      << "[pgbouncer]\npool_mode = transaction\nauth_type = any\nlisten_addr =\n"
      << "unix_socket_dir = " << folder.path() << "\nlisten_port = 6432\n";
    pooler = std::make_unique<pg::watchdog>(
      server.user(), std::vector<std::string>{program, folder.path() + "/pgbouncer.ini"}, log());
    std::ifstream said{log()};
    BOOST_REQUIRE_MESSAGE(test::eventually([this] { return answers(); }),
                          std::string(std::istreambuf_iterator<char>{said}, {}));
  }

  ~fixture() {
    pooler->stop(true);
  }

  std::string log() const {
    return folder.path() + "/log";
  }

  pg::connection_settings pooled(bool prepare = false) const {
    auto name = url().substr(url().find("@/") + 2);
    name.resize(name.find('?'));
    return {.url = "postgresql://postgres@/" + name + "?port=6432&host=" + folder.path(),
            .prepare = prepare};
  }

  bool answers() const {
    try {
      pg::connection trial{pooled()};
      return true;
    } catch (const pg::error&) {
      return false; // it has just been started
    }
  }

  test::temporary_folder folder;
  std::unique_ptr<pg::watchdog> pooler;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(pgbouncer_test, fixture, *boost::unit_test::precondition(is_installed))

BOOST_AUTO_TEST_CASE(a_connection_moves_between_sessions_and_does_not_care) {
  pg::connection mine{pooled()};
  auto first = mine.exec(session).value<int>();
  mine.exec(add_rows, std::vector<int64_t>{1});
  pg::connection other{pooled()};
  pg::transaction holds{other};
  BOOST_REQUIRE(other.exec(session).value<int>() == first);
  BOOST_TEST(mine.exec(session).value<int>() != first);
  mine.exec(add_rows, std::vector<int64_t>{2, 3});
  BOOST_TEST(mine.exec(count_rows).value<int>() == 3);
}

BOOST_AUTO_TEST_CASE(a_transaction_stays_in_one_session) {
  pg::connection mine{pooled()};
  pg::transaction whole{mine};
  auto first = mine.exec(session).value<int>();
  mine.exec(add_rows, std::vector<int64_t>{1});
  BOOST_TEST(mine.exec(session).value<int>() == first);
  whole.commit();
  BOOST_TEST(conn.exec(count_rows).value<int>() == 1);
}

BOOST_AUTO_TEST_CASE(migrations_go_up_down_and_up) {
  pg::connection mine{pooled()};
  pg::migrator migrate{mine};
  auto count = migrate.up().steps.size();
  BOOST_TEST(count > 0u);
  BOOST_TEST(migrate.verify().empty());
  BOOST_TEST(migrate.down({}, 0) == count);
  BOOST_TEST(migrate.up().steps.size() == count);
}

BOOST_AUTO_TEST_CASE(a_cancel_reaches_the_session_that_runs_it) {
  pg::connection mine{pooled()};
  auto token = mine.canceller();
  std::jthread ender{[&] {
    sql::statement sleeps{
      "sleeps", "select exists (select from pg_stat_activity where wait_event = 'PgSleep' "
                "and datname = current_database())"};
    while (!conn.exec(sleeps).value<bool>())
      std::this_thread::yield();
    token.cancel();
  }};
  BOOST_CHECK_EXCEPTION(mine.run("select pg_sleep(60)"), pg::error,
                        test::fails_with("57014", pg::failure::retry));
}

BOOST_AUTO_TEST_CASE(nothing_of_ours_is_left_in_a_session) {
  {
    pg::connection mine{pooled()};
    mine.exec(add_rows, std::vector<int64_t>{1});
  }
  pg::connection next{pooled()};
  BOOST_TEST(next.exec(limits).value<std::string>() == "0");
}

BOOST_AUTO_TEST_CASE(listening_is_found_not_to_work) {
  BOOST_TEST(!pg::listen_works(pooled()));
  BOOST_TEST(pg::listen_works({.url = url()}));
}

BOOST_AUTO_TEST_CASE(preparing_fails_with_the_setting_that_cures_it) {
  pg::connection one{pooled(true)};
  pg::connection two{pooled(true)};
  one.exec(count_rows);
  BOOST_CHECK_EXCEPTION(two.exec(count_rows), pg::error,
                        test::fails_as(pg::failure::refused, "DATABASE_PREPARE=off"));
}

BOOST_AUTO_TEST_CASE(a_pooler_that_goes_away_is_a_lost_connection) {
  pg::connection mine{pooled()};
  mine.exec(count_rows);
  pooler->stop(true);
  BOOST_CHECK_EXCEPTION(mine.exec(count_rows), pg::error, test::fails_as(pg::failure::lost));
}

BOOST_AUTO_TEST_SUITE_END()
