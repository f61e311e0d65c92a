#include "app/service_manager.hpp"

#include "http/listen_socket.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <filesystem>

using namespace nova::app;
using namespace std::chrono_literals;

namespace {

using clock = std::chrono::steady_clock;

constexpr std::chrono::seconds patience{10};

/// What systemd has at its end: a bound datagram socket, abstract when the name begins with `@`.
class manager_socket {
public:
  explicit manager_socket(const std::string& name)
    : name_(name), fd_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, name.data(), name.size());
    if (name.front() == '@')
      address.sun_path[0] = '\0';
    auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
    BOOST_REQUIRE(::bind(fd_.get(), reinterpret_cast<sockaddr*>(&address), size) == 0);
  }

  ~manager_socket() {
    if (name_.front() != '@')
      ::unlink(name_.c_str());
  }

  /// Reads until `text` was heard. False when it was not, within a limit.
  bool hears(const std::string& text, std::chrono::milliseconds limit = patience) {
    auto deadline = clock::now() + limit;
    while (heard_.find(text) == std::string::npos) {
      auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - clock::now());
      pollfd wanted{fd_.get(), POLLIN, 0};
      if (left <= 0ms || ::poll(&wanted, 1, static_cast<int>(left.count())) <= 0)
        return false;
      std::array<char, 4096> bytes{};
      auto size = ::recv(fd_.get(), bytes.data(), bytes.size(), 0);
      heard_.append(bytes.data(), static_cast<size_t>(std::max<ssize_t>(size, 0)));
    }
    return true;
  }

  void forget() {
    heard_.clear();
  }

private:
  std::string name_;
  nova::http::unique_fd fd_;
  std::string heard_;
};

std::string unique_name(const char* what) {
  return std::string{"nova-test-"} + what + '-' + std::to_string(getpid());
}

// NOLINTBEGIN(concurrency-mt-unsafe): these tests have one thread
/// Sets a variable of the environment for one case.
class environment_variable {
public:
  environment_variable(const char* name, const std::string& value) : name_(name) {
    ::setenv(name, value.c_str(), 1);
  }
  ~environment_variable() {
    ::unsetenv(name_);
  }
  environment_variable(const environment_variable&) = delete;
  environment_variable& operator=(const environment_variable&) = delete;

private:
  const char* name_;
};
// NOLINTEND(concurrency-mt-unsafe)

bool has(const std::string& lines, const char* line) {
  return lines.find(std::string{line} + '\n') != std::string::npos;
}

const std::vector<std::string> no_reason;

} // namespace

BOOST_AUTO_TEST_SUITE(service_manager_test)

BOOST_AUTO_TEST_CASE(a_datagram_reaches_a_socket_in_the_file_system) {
  auto path = (std::filesystem::temp_directory_path() / unique_name("path")).string();
  manager_socket manager{path};

  BOOST_TEST(notify_service_manager(path, "READY=1\n"));

  BOOST_TEST(manager.hears("READY=1\n"));
}

BOOST_AUTO_TEST_CASE(a_datagram_reaches_an_abstract_socket) {
  auto name = '@' + unique_name("abstract");
  manager_socket manager{name};

  BOOST_TEST(notify_service_manager(name, "READY=1\n"));

  BOOST_TEST(manager.hears("READY=1\n"));
}

BOOST_DATA_TEST_CASE(a_socket_that_is_none_takes_nothing,
                     boost::unit_test::data::make<std::string>({"", "relative", "/no/such/socket",
                                                                "@nova-nobody-is-there",
                                                                '/' + std::string(200, 'x')})) {
  BOOST_TEST(!notify_service_manager(sample, "READY=1\n"));
}

BOOST_AUTO_TEST_CASE(ready_is_said_once_and_not_before_the_node_is) {
  service_report report{{}};
  auto now = clock::now();

  BOOST_TEST(!has(report.next(now, {"the database was not asked yet"}, now), "READY=1"));
  BOOST_TEST(has(report.next(now, no_reason, now), "READY=1"));
  BOOST_TEST(report.next(now, no_reason, now) == "");
}

BOOST_AUTO_TEST_CASE(the_status_names_the_reason_when_it_changes) {
  service_report report{{}};
  auto now = clock::now();

  BOOST_TEST(
    has(report.next(now, {"no answer\nREADY=1"}, now), "STATUS=not ready: no answer READY=1"));
  BOOST_TEST(report.next(now, {"no answer\nREADY=1"}, now) == "");
  BOOST_TEST(has(report.next(now, no_reason, now), "STATUS=ready"));
}

BOOST_AUTO_TEST_CASE(the_watchdog_is_fed_three_times_a_period) {
  service_report report{30s};
  auto begin = clock::now();

  auto fed = 0;
  for (auto after = 0s; after < 30s; after += 1s)
    fed += has(report.next(begin + after, no_reason, begin + after), "WATCHDOG=1") ? 1 : 0;

  BOOST_TEST(fed == 3);
}

BOOST_AUTO_TEST_CASE(the_watchdog_goes_hungry_when_the_actors_stand_still) {
  service_report report{30s};
  auto begin = clock::now();

  BOOST_TEST(has(report.next(begin + 15s, no_reason, begin), "WATCHDOG=1"));
  BOOST_TEST(!has(report.next(begin + 26s, no_reason, begin), "WATCHDOG=1"));
}

BOOST_AUTO_TEST_CASE(an_outage_of_the_database_is_no_reason_to_be_killed) {
  service_report report{30s};
  auto now = clock::now();

  BOOST_TEST(has(report.next(now, {"the database does not answer"}, now), "WATCHDOG=1"));
}

BOOST_AUTO_TEST_CASE(a_stop_is_said_once_and_the_watchdog_fed_on) {
  service_report report{30s};
  auto now = clock::now();

  BOOST_TEST(has(report.stopping(now), "STOPPING=1"));
  BOOST_TEST(report.stopping(now + 20s) == "WATCHDOG=1\n");
}

BOOST_AUTO_TEST_CASE(the_environment_says_where_and_how_often) {
  environment_variable socket{"NOTIFY_SOCKET", "@somewhere"};
  environment_variable period{"WATCHDOG_USEC", "30000000"};
  {
    environment_variable own{"WATCHDOG_PID", std::to_string(getpid())};
    auto settings = service_manager_of_environment();
    BOOST_TEST(settings.socket == "@somewhere");
    BOOST_TEST((settings.watchdog == 30s));
  }
  environment_variable other{"WATCHDOG_PID", "1"};
  BOOST_TEST(!service_manager_of_environment().watchdog);
}

BOOST_AUTO_TEST_CASE(a_node_that_becomes_ready_and_stops_is_heard) {
  auto name = '@' + unique_name("life");
  manager_socket manager{name};
  auto board = std::make_shared<readiness_board>();
  service_manager told{{name, 200ms}, board};
  BOOST_TEST(manager.hears("STATUS=not ready: the database was not asked yet\n"));

  board->set({});
  BOOST_TEST(manager.hears("READY=1\n"));
  manager.forget();
  board->tick();
  BOOST_TEST(manager.hears("WATCHDOG=1\n"));

  told.stopping();
  BOOST_TEST(manager.hears("STOPPING=1\n"));
}

BOOST_AUTO_TEST_SUITE_END()
