#include "pg/watchdog.hpp"

#include "base/clock.hpp"

#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <system_error>

// Between us and the server stands a process of its own, the watchdog:
//
//   nova ---lifeline--> watchdog ---fork---> postgres
//
// The lifeline is a pair of sockets. When our end closes - `stop()`, or our end by any signal - the
// watchdog shuts the server down fast; a byte asks for an immediate shutdown. PR_SET_PDEATHSIG on
// the server alone would not do: it fires when the *thread* that forked ends, not the process. It
// does guard the last gap, the death of the single-threaded watchdog itself. After fork() in a
// program with threads only async-signal-safe functions are allowed, so the child functions below
// allocate nothing and throw nothing.
namespace nova::pg {
namespace {

using namespace std::chrono_literals;

constexpr auto fast_shutdown_max = 30s;
constexpr auto immediate_shutdown_max = 5s;

[[noreturn]] void throw_errno(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

/// argv for execv; made before fork() because it allocates.
std::vector<char*> pointers(const std::vector<std::string>& arguments) {
  std::vector<char*> all;
  all.reserve(arguments.size() + 1);
  for (const auto& argument : arguments)
    all.push_back(const_cast<char*>(argument.c_str())); // execv() does not write to them
  all.push_back(nullptr);
  return all;
}

/// Never through a link: the folder is the server's user's, and we may be root.
int open_log(const server_user& user, const std::string& log) {
  auto file = open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (file < 0 || fchown(file, user.uid, user.gid) != 0)
    throw_errno(log.c_str());
  return file;
}

/// In the child. Were our end of the lifeline left open in the watchdog, it would never see us go.
void close_from(int first) {
  if (syscall(SYS_close_range, static_cast<unsigned>(first), ~0U, 0U) == 0)
    return;
  auto count = sysconf(_SC_OPEN_MAX); // Linux before 5.9
  for (auto file = first; file < count; ++file)
    close(file);
}

/// In the child: handlers and mask of a fresh process, output to the log, no other descriptor of
/// ours, no rights of root. Descriptor 3 becomes `kept` when that is not negative.
bool become_child(const server_user& user, int log, int kept) {
  struct sigaction by_default {};
  by_default.sa_handler = SIG_DFL;
  for (int number = 1; number < NSIG; ++number)
    sigaction(number, &by_default, nullptr); // refused for SIGKILL and SIGSTOP, which have no other
  sigset_t none;
  sigemptyset(&none);
  pthread_sigmask(SIG_SETMASK, &none, nullptr);
  // A Ctrl-C in the terminal goes to the foreground process group: the server has to outlive our
  // own clean end.
  setpgid(0, 0);
  auto null = open("/dev/null", O_RDONLY);
  auto first_closed = 3;
  if (dup2(null, 0) < 0 || dup2(log, 1) < 0 || dup2(log, 2) < 0)
    return false;
  if (kept >= 0 && dup2(kept, first_closed++) < 0)
    return false;
  close_from(first_closed);
  if (geteuid() == 0 && user.uid != 0
      && (setgroups(0, nullptr) != 0 || setgid(user.gid) != 0 || setuid(user.uid) != 0))
    return false;
  // The working folder may be one that this user must not enter; PostgreSQL's programs insist on
  // knowing theirs.
  return chdir("/") == 0;
}

int exit_status(int status) {
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/// In the watchdog: true when the server ended within the time; its end arrives as SIGCHLD in
/// `signals`.
bool server_ended(pid_t server, int signals, std::chrono::milliseconds within, int& status) {
  auto ends = base::monotonic_now() + within;
  for (;;) {
    if (waitpid(server, &status, WNOHANG) == server)
      return true;
    auto left = std::chrono::ceil<std::chrono::milliseconds>(ends - base::monotonic_now());
    if (left <= 0ms)
      return false;
    pollfd wanted{signals, POLLIN, 0};
    signalfd_siginfo news{};
    if (poll(&wanted, 1, static_cast<int>(left.count())) > 0
        && read(signals, &news, sizeof news) < 0 && errno != EINTR)
      return false;
  }
}

/// In the watchdog: asks ever less politely.
int end_server(pid_t server, int signals, bool immediate) {
  int status = 0;
  if (!immediate) {
    kill(server, SIGINT);
    if (server_ended(server, signals, fast_shutdown_max, status))
      return exit_status(status);
  }
  kill(server, SIGQUIT);
  if (server_ended(server, signals, immediate_shutdown_max, status))
    return exit_status(status);
  kill(server, SIGKILL);
  waitpid(server, &status, 0);
  return exit_status(status);
}

/// The watchdog's whole life. `lifeline` is its end of the pair.
int keep(char* const* arguments, int lifeline) {
  sigset_t child_ended;
  sigemptyset(&child_ended);
  sigaddset(&child_ended, SIGCHLD);
  pthread_sigmask(SIG_BLOCK, &child_ended, nullptr);
  auto signals = signalfd(-1, &child_ended, SFD_CLOEXEC);
  fcntl(lifeline, F_SETFD, FD_CLOEXEC);
  auto server = fork();
  if (server < 0)
    return 127;
  if (server == 0) {
    pthread_sigmask(SIG_UNBLOCK, &child_ended, nullptr);
    prctl(PR_SET_PDEATHSIG, SIGINT);
    execv(arguments[0], arguments);
    _exit(127);
  }
  for (;;) {
    pollfd wanted[] = {{lifeline, POLLIN, 0}, {signals, POLLIN, 0}};
    if (poll(wanted, 2, -1) < 0 && errno == EINTR)
      continue;
    int status = 0;
    if (waitpid(server, &status, WNOHANG) == server)
      return exit_status(status);
    if (wanted[0].revents == 0) {
      signalfd_siginfo news{};
      if (read(signals, &news, sizeof news) < 0 && errno != EINTR)
        return end_server(server, signals, false);
      continue;
    }
    char order = 0;
    return end_server(server, signals, read(lifeline, &order, 1) == 1);
  }
}

} // namespace

int run_program(const server_user& user, const std::vector<std::string>& arguments,
                const std::string& log) {
  auto argv = pointers(arguments);
  auto output = open_log(user, log);
  auto child = fork();
  if (child == 0) {
    if (become_child(user, output, -1)) {
      // Its end must not wait for ours; fired by the end of this thread, which waits for it.
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      execv(argv[0], argv.data());
    }
    _exit(127);
  }
  close(output);
  if (child < 0)
    throw_errno("fork");
  int status = 0;
  while (waitpid(child, &status, 0) < 0)
    if (errno != EINTR)
      throw_errno("waitpid");
  return exit_status(status);
}

watchdog::watchdog(const server_user& user, const std::vector<std::string>& arguments,
                   const std::string& log) {
  auto argv = pointers(arguments);
  auto output = open_log(user, log);
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
    close(output);
    throw_errno("socketpair");
  }
  pid_ = fork();
  if (pid_ == 0)
    _exit(become_child(user, output, ends[0]) ? keep(argv.data(), 3) : 127);
  auto failure = errno;
  close(output);
  close(ends[0]);
  lifeline_ = ends[1];
  if (pid_ < 0) {
    close(lifeline_);
    throw std::system_error(failure, std::generic_category(), "fork");
  }
}

watchdog::~watchdog() {
  stop();
}

bool watchdog::running() {
  if (pid_ < 0)
    return false;
  int status = 0;
  auto ended = waitpid(pid_, &status, WNOHANG);
  // ECHILD: somebody else in this program reaped it.
  if (ended == pid_ || (ended < 0 && errno == ECHILD))
    pid_ = -1;
  return pid_ >= 0;
}

void watchdog::stop(bool immediate) {
  if (lifeline_ >= 0) {
    // A server that is gone already reads nothing: that failure is as good as success.
    if (immediate)
      send(lifeline_, "i", 1, MSG_NOSIGNAL);
    close(lifeline_);
    lifeline_ = -1;
  }
  int status = 0;
  while (pid_ >= 0 && waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
}

} // namespace nova::pg
