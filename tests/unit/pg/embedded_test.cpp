#include "pg/embedded.hpp"

#include "pg/connection.hpp"
#include "pg/error.hpp"
#include "tests/support/database_fixture.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/failures.hpp"

#include <boost/test/unit_test.hpp>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <thread>

using namespace nova;
using namespace std::chrono_literals;

namespace {

constexpr sql::statement add_row{"add_row", "insert into entry values ($1::bigint)"};
constexpr sql::statement count_rows{"count_rows", "select count(*) from entry"};
constexpr sql::statement setting{"setting", "select current_setting($1)"};

std::string socket_folder(const pg::embedded& server) {
  return pg::connection{server.url()}.exec(setting, "unix_socket_directories").value<std::string>();
}

struct fixture {
  pg::embedded_settings settings() const {
    return {folder.path() + "/db", {}, false};
  }

  /// The server's process, from its own file; 0 when it does not run.
  pid_t server() const {
    pid_t pid = 0;
    std::ifstream{folder.path() + "/db/data/postmaster.pid"} >> pid;
    return pid > 0 && kill(pid, 0) == 0 ? pid : 0;
  }

  test::temporary_folder folder;
};

boost::test_tools::assertion_result is_root(boost::unit_test::test_unit_id) {
  boost::test_tools::assertion_result root{geteuid() == 0};
  root.message() << "only root runs the server as somebody else";
  return root;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(embedded_test, fixture)

BOOST_AUTO_TEST_CASE(a_folder_is_reused_with_its_data) {
  {
    pg::embedded server{settings()};
    pg::connection{server.url()}.run("create table entry (id bigint)");
  }
  BOOST_TEST(this->server() == 0);
  pg::embedded again{settings()};
  BOOST_TEST(pg::connection{again.url()}.exec(count_rows).value<int>() == 0);
}

BOOST_AUTO_TEST_CASE(only_its_user_may_enter_and_there_is_no_tcp) {
  pg::embedded server{settings()};
  struct stat found {};
  BOOST_REQUIRE(stat(socket_folder(server).c_str(), &found) == 0);
  BOOST_TEST((found.st_mode & 0777) == 0700u);
  BOOST_TEST(found.st_uid == server.user().uid);
  BOOST_TEST(server.user().uid != 0u);
  pg::connection conn{server.url()};
  BOOST_TEST(conn.exec(setting, "listen_addresses").value<std::string>().empty());
  BOOST_TEST(conn.exec(setting, "server_encoding").value<std::string>() == "UTF8");
}

BOOST_AUTO_TEST_CASE(by_default_what_is_committed_stays) {
  auto durable = settings();
  durable.durable = true;
  pg::embedded server{durable};
  pg::connection conn{server.url()};
  for (auto name : {"fsync", "synchronous_commit", "full_page_writes"})
    BOOST_TEST(conn.exec(setting, name).value<std::string>() == "on");
}

BOOST_AUTO_TEST_CASE(extra_configuration_wins) {
  auto extra = settings();
  extra.extra_configuration = "max_connections = 17\n";
  pg::embedded server{extra};
  BOOST_TEST(pg::connection{server.url()}.exec(setting, "max_connections").value<std::string>()
             == "17");
}

BOOST_AUTO_TEST_CASE(bad_configuration_is_told_with_the_servers_words) {
  auto bad = settings();
  bad.extra_configuration = "no_such_setting = 1\n";
  BOOST_CHECK_EXCEPTION(pg::embedded{bad}, std::runtime_error, test::says("no_such_setting"));
}

BOOST_AUTO_TEST_CASE(a_second_owner_is_refused) {
  pg::embedded server{settings()};
  BOOST_CHECK_EXCEPTION(pg::embedded{settings()}, std::runtime_error,
                        test::says("another process uses this database folder"));
  BOOST_CHECK_NO_THROW(pg::connection{server.url()});
}

BOOST_AUTO_TEST_CASE(a_folder_of_a_version_that_is_not_installed_is_refused) {
  std::filesystem::create_directories(folder.path() + "/db/data");
  std::ofstream{folder.path() + "/db/data/PG_VERSION"} << "9\n";
  BOOST_CHECK_EXCEPTION(pg::embedded{settings()}, std::runtime_error,
                        test::says("was made by PostgreSQL 9, whose server is not installed"));
}

BOOST_AUTO_TEST_CASE(a_folder_that_the_servers_user_cannot_reach_is_refused,
                     *boost::unit_test::precondition(is_root)) {
  BOOST_REQUIRE(chmod(folder.path().c_str(), 0700) == 0);
  BOOST_CHECK_EXCEPTION(pg::embedded{settings()}, std::runtime_error,
                        test::says("may not enter " + folder.path()));
}

BOOST_AUTO_TEST_CASE(a_long_path_gets_a_short_socket) {
  auto deep = settings();
  deep.folder += "/" + std::string(120, 'x');
  std::string socket;
  {
    pg::embedded server{deep};
    socket = socket_folder(server);
    BOOST_TEST(socket.size() < 90u);
  }
  BOOST_TEST(access(socket.c_str(), F_OK) != 0);
}

BOOST_AUTO_TEST_CASE(connections_survive_a_restart_by_reconnecting) {
  for (auto crash : {false, true}) {
    test::temporary_folder own;
    pg::embedded server{{own.path(), {}, false}};
    pg::connection conn{server.url()};
    conn.run("create table entry (id bigint)");
    conn.exec(add_row, 1);
    server.restart(crash);
    BOOST_CHECK_EXCEPTION(conn.exec(add_row, 2), pg::error, test::fails_as(pg::failure::lost));
    BOOST_TEST(conn.reconnect({10ms, 100ms}, std::stop_token{}));
    conn.exec(add_row, 3);
    BOOST_TEST(conn.exec(count_rows).value<int>() == 2);
  }
}

BOOST_AUTO_TEST_CASE(reconnecting_waits_for_the_server_and_gives_up_on_request) {
  pg::embedded server{settings()};
  pg::connection conn{server.url()};
  server.stop();
  std::stop_source giving_up;
  std::jthread impatient{[&] { giving_up.request_stop(); }};
  BOOST_TEST(!conn.reconnect({10s, 10s}, giving_up.get_token()));

  std::jthread starter{[&] { server.restart(); }};
  BOOST_TEST(conn.reconnect({10ms, 50ms}, std::stop_token{}));
  BOOST_TEST(conn.alive());
}

BOOST_AUTO_TEST_CASE(the_server_ends_with_a_killed_owner_and_its_folder_stays_good) {
  {
    pg::embedded server{settings()};
    pg::connection{server.url()}.run("create table entry (id bigint)");
  }
  auto owner = fork();
  if (owner == 0) {
    pg::embedded server{settings()};
    pause();
    _exit(1);
  }
  BOOST_REQUIRE(test::eventually([this] { return server() != 0; }));
  kill(owner, SIGKILL);
  waitpid(owner, nullptr, 0);
  BOOST_TEST(test::eventually([this] { return server() == 0; }));

  pg::embedded again{settings()};
  BOOST_TEST(pg::connection{again.url()}.exec(count_rows).value<int>() == 0);
}

BOOST_AUTO_TEST_CASE(a_start_right_after_a_kill_takes_the_folder_over) {
  auto owner = fork();
  if (owner == 0) {
    pg::embedded server{settings()};
    pause();
    _exit(1);
  }
  BOOST_REQUIRE(test::eventually([this] { return server() != 0; }));
  kill(owner, SIGKILL);
  waitpid(owner, nullptr, 0);
  pg::embedded again{settings()};
  BOOST_CHECK_NO_THROW(pg::connection{again.url()});
}

BOOST_AUTO_TEST_SUITE_END()
