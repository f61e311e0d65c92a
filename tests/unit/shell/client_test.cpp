#include "shell/client.hpp"

#include "http/listen_socket.hpp"

#include <boost/test/unit_test.hpp>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <future>
#include <string>

using namespace nova;

namespace {

constexpr uid_t stranger = 65534;

struct fixture {
  fixture() {
    std::string pattern = (std::filesystem::temp_directory_path() / "nova-client-XXXXXX").string();
    folder = ::mkdtemp(pattern.data());
    path = folder + "/nova-n1.sock";
  }
  ~fixture() {
    std::filesystem::remove_all(folder);
  }

  /// What a client sent to who answers once; nothing when none came within a second.
  static std::string serve_one(int listener) {
    timeval patience{1, 0};
    ::setsockopt(listener, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    http::unique_fd client{::accept(listener, nullptr, nullptr)};
    std::array<char, 4096> request{};
    auto got = ::recv(client.get(), request.data(), request.size(), 0);
    std::string answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n[]";
    static_cast<void>(::send(client.get(), answer.data(), answer.size(), MSG_NOSIGNAL));
    return {request.data(), static_cast<size_t>(std::max<ssize_t>(got, 0))};
  }

  http::unique_fd listen() const {
    auto made = http::listen_on_unix(path);
    ::fcntl(made.get(), F_SETFL, 0); // accept waits
    return made;
  }

  shell::reply ask() const {
    return shell::client{{path, "admin", "a token of 16 characters", ""}}.get("whoami");
  }

  std::string folder, path;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(client_test, fixture)

BOOST_AUTO_TEST_CASE(a_unix_socket_of_ours_is_asked_and_gets_no_token) {
  auto listener = listen();
  auto seen = std::async(std::launch::async, [&] { return serve_one(listener.get()); });

  auto answer = ask();

  auto request = seen.get();
  BOOST_TEST(answer.status == 200, answer.body);
  BOOST_TEST(request.find("X-Nova-Role: admin") != std::string::npos);
  BOOST_TEST(request.find("Authorization") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_socket_file_of_another_user_gets_nothing) {
  if (::geteuid() != 0)
    return; // only root can make one
  auto listener = listen();
  BOOST_REQUIRE(::chown(path.c_str(), stranger, stranger) == 0);
  auto seen = std::async(std::launch::async, [&] { return serve_one(listener.get()); });

  auto answer = ask();

  BOOST_TEST(answer.status == shell::reply::unreachable);
  BOOST_TEST(answer.body.find("belongs to the user with the id 65534") != std::string::npos,
             answer.body);
  BOOST_TEST(seen.get() == "");
}

BOOST_AUTO_TEST_CASE(a_process_of_another_user_gets_nothing_whoever_has_the_file) {
  if (::geteuid() != 0)
    return;
  std::filesystem::permissions(folder, std::filesystem::perms{0777});
  std::array<int, 2> said{};
  BOOST_REQUIRE(::pipe(said.data()) == 0);
  auto child = ::fork();
  if (child == 0) {
    // No destructors and no exceptions: this is a copy of the test.
    if (::setgid(stranger) != 0 || ::setuid(stranger) != 0)
      ::_exit(1);
    auto listener = listen();
    if (::write(said[1], "l", 1) != 1)
      ::_exit(1);
    auto request = serve_one(listener.get());
    auto length = static_cast<ssize_t>(request.size());
    ::_exit(::write(said[1], request.data(), request.size()) == length ? 0 : 1);
  }
  ::close(said[1]);
  char ready = 0;
  BOOST_REQUIRE(::read(said[0], &ready, 1) == 1);
  BOOST_REQUIRE(::chown(path.c_str(), 0, 0) == 0);

  auto answer = ask();

  BOOST_TEST(answer.status == shell::reply::unreachable);
  BOOST_TEST(answer.body.find("65534") != std::string::npos, answer.body);
  std::array<char, 4096> request{};
  BOOST_TEST(::read(said[0], request.data(), request.size()) == 0);
  ::close(said[0]);
  ::waitpid(child, nullptr, 0);
}

BOOST_AUTO_TEST_CASE(a_socket_that_is_not_there_is_told) {
  auto answer = ask();
  BOOST_TEST(answer.status == shell::reply::unreachable);
  BOOST_TEST(answer.body.find("cannot be reached") != std::string::npos, answer.body);
}

BOOST_AUTO_TEST_CASE(who_asks_on_goes_to_a_node_that_answers) {
  auto silent = listen(); // it takes connections and says nothing
  auto other = folder + "/nova-n2.sock";
  auto living = http::listen_on_unix(other);
  ::fcntl(living.get(), F_SETFL, 0);
  shell::client_settings to;
  to.address = path;
  to.patience = std::chrono::milliseconds{50};
  to.others = [&] { return std::vector<std::string>{folder + "/nova-gone.sock", path, other}; };
  shell::client asked{std::move(to)};
  BOOST_TEST(asked.get("whoami").status == shell::reply::timed_out);

  auto served = std::async(std::launch::async, [&] { return serve_one(living.get()); });
  BOOST_TEST(asked.move_on());

  BOOST_TEST(served.get().starts_with("GET /inspect/v1/whoami"));
  BOOST_TEST(asked.name() == other);
  BOOST_TEST(!asked.move_on(), "nobody else answers");
}

BOOST_AUTO_TEST_SUITE_END()
