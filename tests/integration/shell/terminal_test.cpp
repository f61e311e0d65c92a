#include "shell/interactive.hpp"
#include "tests/integration/shell/shell_fixture.hpp"

#include <boost/test/unit_test.hpp>
#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <iostream>
#include <iterator>

using namespace nova;
using namespace std::chrono_literals;

namespace {

/// A shell on a pseudo-terminal: a process of its own, because libedit and ncurses own theirs. It
/// is forked before the node has threads, and waits until the node is there.
class terminal {
public:
  terminal(const std::string& socket, base::exit_code (*what)(shell::session&),
           const std::string& home, const std::string& role = "view") {
    winsize size{40, 120, 0, 0};
    pid_ = ::forkpty(&master_, nullptr, nullptr, &size);
    BOOST_REQUIRE(pid_ >= 0);
    if (pid_ != 0)
      return;
    // NOLINTBEGIN(concurrency-mt-unsafe): a child has one thread
    ::setenv("TERM", "xterm", 1);
    ::setenv("HOME", home.c_str(), 1);
    // NOLINTEND(concurrency-mt-unsafe)
    if (!test::eventually([&] { return ::access(socket.c_str(), F_OK) == 0; }))
      ::_exit(1); // the node never listened
    shell::client asked{{socket, role, {}, {}}};
    shell::session_options how;
    how.terminal = true;
    how.interrupted = shell::take_interrupt;
    shell::session in{asked, std::move(how), std::cout, std::cerr};
    ::_exit(static_cast<int>(what(in)));
  }
  ~terminal() {
    ::kill(pid_, SIGKILL);
    ::close(master_);
    if (!ended_)
      ::waitpid(pid_, nullptr, 0);
  }

  void type(const std::string& keys) const {
    BOOST_REQUIRE(::write(master_, keys.data(), keys.size()) == static_cast<ssize_t>(keys.size()));
  }

  bool shows(const std::string& text) {
    return test::eventually([&] { return read().find(text) != std::string::npos; }, 20s);
  }

  int wait() {
    int status = -1;
    ended_ = test::eventually(
      [&] {
        read();
        return ::waitpid(pid_, &status, WNOHANG) == pid_;
      },
      20s);
    return ended_ && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

  void forget() {
    seen_.clear();
  }

private:
  const std::string& read() {
    fd_set ready;
    for (;;) {
      FD_ZERO(&ready);
      FD_SET(master_, &ready);
      timeval now{};
      char buffer[4096];
      if (::select(master_ + 1, &ready, nullptr, nullptr, &now) <= 0)
        return seen_;
      auto got = ::read(master_, buffer, sizeof buffer);
      if (got <= 0)
        return seen_;
      seen_.append(buffer, static_cast<size_t>(got));
    }
  }

  int master_ = -1;
  pid_t pid_ = -1;
  bool ended_ = false;
  std::string seen_;
};

} // namespace

BOOST_AUTO_TEST_SUITE(terminal_test)

BOOST_AUTO_TEST_CASE(the_shell_completes_names_and_forgets_secrets) {
  test::shell_fixture f;
  terminal tty{f.socket(), shell::run_interactive, f.folder.path()};
  f.start();

  BOOST_TEST(tty.shows("n1.sock> "));
  tty.type("who\t\n");
  BOOST_TEST(tty.shows("USER"));
  tty.forget();
  tty.type("actor n1/mail_st\t\n");
  BOOST_TEST(tty.shows("handled"));
  tty.type("settings token=abcdef\n");
  tty.forget();
  tty.type("quit\n");

  BOOST_TEST(tty.wait() == 0);
  std::ifstream file{f.folder.path() + "/.nova_history"};
  std::string history{std::istreambuf_iterator<char>{file}, {}};
  BOOST_TEST(history.find("mail_st") != std::string::npos);
  BOOST_TEST(history.find("abcdef") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(top_sorts_filters_and_looks_into_an_actor) {
  test::shell_fixture f;
  auto config = f.start_backfill(f.add_inbox());
  terminal tty{f.socket(), shell::run_top_screen, f.folder.path()};
  f.start();

  BOOST_TEST(tty.shows("sort rate"));
  BOOST_TEST(tty.shows("owner@example.com"));
  BOOST_TEST(tty.shows("n1/"));
  tty.type("s");
  BOOST_TEST(tty.shows("mailbox"));
  tty.type("/kind=grants\n");
  BOOST_TEST(tty.shows("where kind=grants"));
  tty.type("\n");
  BOOST_TEST(tty.shows("last_failure"));
  tty.type("q");

  BOOST_TEST(tty.wait() == 0);
}

BOOST_AUTO_TEST_CASE(top_says_what_is_wrong) {
  test::shell_fixture f;
  f.start();
  f.run("pause threads --reason quota --yes", "operate");
  terminal tty{f.socket(), shell::run_top_screen, f.folder.path()};

  BOOST_TEST(tty.shows("WARN threads  thread work is paused by"));
  tty.type("q");

  BOOST_TEST(tty.wait() == 0);
}

BOOST_AUTO_TEST_CASE(top_acts_after_it_said_what_that_does_and_was_told_to) {
  test::shell_fixture f;
  terminal tty{f.socket(), shell::run_top_screen, f.folder.path(), "admin"};
  f.start();
  auto state = [&] { return f.run("ps reconcile --columns state --no-headers").out; };
  auto was = [&](const char* text) { return test::eventually([&] { return state() == text; }); };

  tty.type("/kind=reconcile\n");
  BOOST_TEST(tty.shows("n1/reconcile"));
  BOOST_TEST(tty.shows("S suspends  W wakes  R restarts  K kills it"));
  tty.type("S");
  BOOST_TEST(tty.shows("takes no further message until it is woken"));
  BOOST_TEST(tty.shows("Do it? y does"));
  tty.type("n");
  BOOST_TEST(tty.shows("not done"));
  BOOST_TEST(state() != "suspended\n");
  tty.type("Sy");
  BOOST_TEST(was("suspended\n"));
  tty.type("Wy");
  BOOST_TEST(test::eventually([&] { return state() != "suspended\n"; }));
  tty.type("Ky");
  BOOST_TEST(test::eventually([&] { return f.run("crashes").says("killed by"); }));
  tty.type("q");

  BOOST_TEST(tty.wait() == 0);
  auto audit = f.run("audit").out;
  for (const auto* act : {"suspend", "wake", "kill"})
    BOOST_TEST(audit.find(act) != std::string::npos, act);
}

BOOST_AUTO_TEST_CASE(top_may_no_more_than_its_role) {
  test::shell_fixture f;
  terminal tty{f.socket(), shell::run_top_screen, f.folder.path()};
  f.start();

  tty.type("/kind=reconcile\n");
  BOOST_TEST(tty.shows("n1/reconcile"));
  tty.type("K");
  BOOST_TEST(tty.shows("ends at once"));
  tty.type("y");
  BOOST_TEST(tty.shows("kill needs the role admin, this session has view"));
  tty.type("q");

  BOOST_TEST(tty.wait() == 0);
  BOOST_TEST(!f.run("crashes").says("killed"));
}

BOOST_AUTO_TEST_SUITE_END()
