#include "app/local_cluster.hpp"

#include "app/child_process.hpp"
#include "base/backoff.hpp"
#include "base/clock.hpp"
#include "base/seed.hpp"
#include "http/listen_socket.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <memory>
#include <optional>
#include <random>
#include <system_error>
#include <vector>

namespace nova::app {
namespace {

using clock = std::chrono::steady_clock;

// A node that ran for so long starts its pauses anew.
constexpr std::chrono::seconds settled{30};
// Looks for nodes that ended; their pipes say it sooner, unless a grandchild holds one.
constexpr std::chrono::milliseconds look_interval{200};
constexpr size_t read_max = 16'384;
constexpr size_t line_max = size_t{64} * 1024;

struct member {
  std::string name;
  std::vector<std::string> arguments;
  std::unique_ptr<child_process> process;
  http::unique_fd output; // the reading end of its pipe
  std::string line;       // not ended yet
  std::string program = "/proc/self/exe";
  pid_t held = 0; // it ended, or is to end, as this process, until it is told to start
  bool start_when_ended = false;
  uint32_t ends = 0;
  clock::time_point started_at;
  std::optional<clock::time_point> due; // to be started again
};

class local_cluster {
public:
  local_cluster(const local_cluster_options& options, std::ostream& out)
    : options_(options), out_(out), random_(base::random_engine(0)) {
    sigset_t set;
    sigemptyset(&set);
    for (int one : {SIGTERM, SIGINT, hold_node, start_held_node})
      sigaddset(&set, one);
    pthread_sigmask(SIG_BLOCK, &set, nullptr);
    // A reader of what is printed that ended is no reason to leave the nodes alone.
    std::signal(SIGPIPE, SIG_IGN);
    signals_ = http::unique_fd{::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK)};
    for (uint32_t i = 1; i <= options_.nodes; ++i) {
      member made;
      made.name = options_.name + '-' + std::to_string(i);
      made.arguments = {"run",
                        "--name",
                        made.name,
                        "--http",
                        i == 1 ? options_.http : "off",
                        "--api",
                        i == 1 ? options_.api : "off"};
      if (!options_.roles.empty())
        made.arguments.insert(made.arguments.end(), {"--roles", options_.roles});
      members_.push_back(std::move(made));
    }
  }

  exit_code run() {
    for (auto& one : members_)
      start(one);
    while (alive()) {
      wait();
      for (auto& one : members_)
        look_after(one);
      take_signals();
    }
    return worst_;
  }

private:
  void say(const member& who, const std::string& what) {
    out_ << who.name << " | " << what << '\n' << std::flush;
  }

  void start(member& which) {
    int ends[2] = {-1, -1};
    if (::pipe2(ends, O_CLOEXEC) != 0)
      throw std::system_error(errno, std::generic_category(), "pipe");
    which.output = http::unique_fd{ends[0]};
    http::unique_fd writing{ends[1]};
    ::fcntl(which.output.get(), F_SETFL, O_NONBLOCK);
    // The child opens the pipe by this name, as it would a file, before it becomes the node.
    which.process =
      std::make_unique<child_process>(which.arguments, options_.environment,
                                      "/proc/self/fd/" + std::to_string(writing.get()),
                                      which.program);
    which.started_at = base::monotonic_now();
    which.due.reset();
    which.held = 0;
    which.start_when_ended = false;
    // Until the child has opened it, ours must stay open: it does so right after the fork, and the
    // end of file is told by the process's end, not by the pipe.
    which_writing(which) = std::move(writing);
  }

  http::unique_fd& which_writing(const member& which) {
    writing_.resize(members_.size());
    return writing_[static_cast<size_t>(&which - members_.data())];
  }

  [[nodiscard]] bool alive() const {
    return std::any_of(members_.begin(), members_.end(), [this](const member& one) {
      return one.process || one.due || (one.held != 0 && !stopping_);
    });
  }

  void wait() {
    std::vector<pollfd> waits{{signals_.get(), POLLIN, 0}};
    for (const auto& one : members_)
      if (one.process)
        waits.push_back({one.output.get(), POLLIN, 0});
    (void)::poll(waits.data(), waits.size(), static_cast<int>(look_interval.count()));
  }

  void look_after(member& which) {
    if (which.process) {
      auto running = which.process->running();
      print(which);
      if (!running)
        ended(which);
    } else if (which.due && base::monotonic_now() >= *which.due) {
      start(which);
    }
  }

  void print(member& which) {
    std::array<char, read_max> bytes{};
    for (;;) {
      auto got = ::read(which.output.get(), bytes.data(), bytes.size());
      if (got <= 0)
        return;
      for (auto c : std::string_view{bytes.data(), static_cast<size_t>(got)}) {
        if (c != '\n')
          which.line += c;
        if (c == '\n' || which.line.size() >= line_max)
          say(which, std::exchange(which.line, {}));
      }
    }
  }

  void ended(member& which) {
    auto status = which.process->stop();
    which.process.reset();
    if (!which.line.empty())
      say(which, std::exchange(which.line, {}));
    auto in_order = status == 0;
    if (which.held != 0 && !stopping_) {
      say(which, "ended with " + std::to_string(status) + ", and waits to be started");
      if (which.start_when_ended)
        start(which);
      return;
    }
    auto hopeless = status == static_cast<int>(exit_code::usage);
    say(which, "ended with " + std::to_string(status));
    if (stopping_ || in_order || hopeless) {
      if (!in_order && worst_ != exit_code::usage)
        worst_ = hopeless ? exit_code::usage : exit_code::failed;
      return;
    }
    if (base::monotonic_now() - which.started_at > settled)
      which.ends = 0;
    auto pause = backoff_.delay(which.ends++, random_);
    say(which, "starts again in " + std::to_string(pause.count()) + " ms");
    which.due = base::monotonic_now() + pause;
  }

  void take_signals() {
    signalfd_siginfo got{};
    while (::read(signals_.get(), &got, sizeof got) == static_cast<ssize_t>(sizeof got)) {
      if (got.ssi_signo == hold_node || got.ssi_signo == start_held_node) {
        follow_order(static_cast<int>(got.ssi_signo), got.ssi_int);
        continue;
      }
      for (auto& one : members_) {
        one.due.reset();
        if (one.process)
          ::kill(one.process->pid(), stopping_ ? SIGKILL : SIGTERM);
      }
      stopping_ = true;
    }
  }

  void follow_order(int order, pid_t process) {
    if (stopping_)
      return;
    for (auto& one : members_) {
      if (order == hold_node && one.process && one.process->pid() == process) {
        one.held = process;
        ::kill(process, SIGTERM);
      } else if (order == start_held_node && one.held == process) {
        one.program = program_;
        one.ends = 0;
        one.start_when_ended = true;
        if (!one.process)
          start(one);
      }
    }
  }

  const local_cluster_options& options_;
  std::ostream& out_;
  const std::string program_ = std::filesystem::read_symlink("/proc/self/exe");
  std::mt19937_64 random_;
  base::backoff backoff_{std::chrono::milliseconds{200}};
  http::unique_fd signals_;
  std::vector<member> members_;
  std::vector<http::unique_fd> writing_;
  bool stopping_ = false;
  exit_code worst_ = exit_code::done; // of the nodes' ends, usage above failed
};

} // namespace

exit_code run_local_cluster(const local_cluster_options& options, std::ostream& out) {
  return local_cluster{options, out}.run();
}

} // namespace nova::app
