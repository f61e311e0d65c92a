#include "app/node_keeper.hpp"

#include "app/local_cluster.hpp"
#include "base/clock.hpp"
#include "cluster/machine.hpp"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <stdexcept>
#include <system_error>

namespace nova::app {
namespace {

constexpr std::string_view place = "{node}";
// `nova cluster up` starts a process at once.
constexpr std::chrono::seconds start_limit{1};

std::string filled(std::string command, const std::string& node) {
  for (auto at = command.find(place); at != std::string::npos;
       at = command.find(place, at + node.size()))
    command.replace(at, place.size(), node);
  return command;
}

/// With our files and without our blocked signals; waits for its end. Its exit status as the shell
/// has it.
int run_in_shell(const std::string& command) {
  posix_spawnattr_t how;
  posix_spawnattr_init(&how);
  sigset_t none, defaults;
  sigemptyset(&none);
  sigemptyset(&defaults);
  sigaddset(&defaults, SIGPIPE);
  posix_spawnattr_setsigmask(&how, &none);
  posix_spawnattr_setsigdefault(&how, &defaults);
  posix_spawnattr_setflags(&how, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  std::string shell = "sh", option = "-c", text = command;
  char* arguments[] = {shell.data(), option.data(), text.data(), nullptr};
  pid_t child = -1;
  auto failed = ::posix_spawn(&child, "/bin/sh", nullptr, &how, arguments, environ);
  posix_spawnattr_destroy(&how);
  if (failed != 0)
    throw std::system_error(failed, std::generic_category(), "/bin/sh");
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR)
    continue;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

class keeper_by_commands : public node_keeper {
public:
  keeper_by_commands(std::string stop, std::string start)
    : stop_(std::move(stop)), start_(std::move(start)) {}

  [[nodiscard]] std::string how_to_stop(const std::string& node) const override {
    return filled(stop_, node);
  }
  [[nodiscard]] std::string how_to_start(const std::string& node) const override {
    return filled(start_, node);
  }

  void expect(const std::string& node, const std::string&) override {
    if (!plain_name(node))
      throw std::runtime_error("the name '" + node
                               + "' cannot stand in a command: letters, digits and . _ - can");
  }
  void stop(const std::string& node) override {
    perform(filled(stop_, node));
  }
  void start(const std::string& node) override {
    perform(filled(start_, node));
  }
  std::string ended(const std::string&) override {
    return {}; // whoever started it sees that
  }

private:
  static void perform(const std::string& command) {
    if (auto status = run_in_shell(command); status != 0)
      throw std::runtime_error("`" + command + "` ended with " + std::to_string(status));
  }

  std::string stop_, start_;
};

/// A process of this machine.
struct seen_process {
  pid_t id = 0, parent = 0;
  std::vector<std::string> words;
};

std::string whole(const std::filesystem::path& file) {
  std::ifstream in{file};
  return {std::istreambuf_iterator<char>{in}, {}};
}

seen_process read_process(pid_t id) {
  seen_process made;
  made.id = id;
  auto folder = std::filesystem::path{"/proc"} / std::to_string(id);
  auto text = whole(folder / "cmdline");
  for (size_t at = 0; at < text.size();) {
    auto end = std::min(text.find('\0', at), text.size());
    made.words.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  // The name in brackets may hold anything; after it come state and parent.
  auto stat = whole(folder / "stat");
  if (auto end = stat.rfind(") "); end != std::string::npos && end + 4 < stat.size())
    std::from_chars(stat.data() + end + 4, stat.data() + stat.size(), made.parent);
  return made;
}

bool has_words(const seen_process& one, std::initializer_list<std::string_view> wanted) {
  return std::search(one.words.begin(), one.words.end(), wanted.begin(), wanted.end())
         != one.words.end();
}

/// An older `nova cluster up` would be ended by a signal that it does not know.
bool takes_orders(pid_t process) {
  std::ifstream status{"/proc/" + std::to_string(process) + "/status"};
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("SigBlk:")) {
      uint64_t blocked = 0;
      auto at = line.find_first_of("0123456789abcdef", 7);
      std::from_chars(line.data() + at, line.data() + line.size(), blocked, 16);
      return ((blocked >> (hold_node - 1)) & (blocked >> (start_held_node - 1)) & 1U) != 0;
    }
  return false;
}

class keeper_by_local_cluster : public node_keeper {
public:
  [[nodiscard]] std::string how_to_stop(const std::string& node) const override {
    return "its `nova cluster up` stops " + node;
  }
  [[nodiscard]] std::string how_to_start(const std::string& node) const override {
    return "its `nova cluster up` starts " + node + " from the file of the program as it is then";
  }

  void expect(const std::string& node, const std::string& machine) override {
    if (machine != cluster::this_machine())
      throw std::runtime_error(node
                               + " runs on another machine: say with --stop and --start how "
                                 "it is stopped and started there");
    auto found = children(node);
    if (found.size() != 1)
      throw std::runtime_error(
        (found.empty() ? "no `nova cluster up` of this machine, that is yours, has the node "
                       : "more than one `nova cluster up` of this machine has a node ")
        + node + ": say with --stop and --start how it is stopped and started");
    if (!takes_orders(found.front().parent))
      throw std::runtime_error("the `nova cluster up` of " + node
                               + " is of a version that cannot start its nodes one by one");
    nodes_[node] = found.front();
  }

  void stop(const std::string& node) override {
    order(hold_node, node);
  }

  void start(const std::string& node) override {
    order(start_held_node, node);
    started_[node] = {0, base::monotonic_now()};
  }

  std::string ended(const std::string& node) override {
    auto now = children(node);
    auto id = now.empty() ? 0 : now.front().id;
    auto& begun = started_[node];
    if (id == nodes_.at(node).id) { // the old one is about to end
      begun.at = base::monotonic_now();
      return {};
    }
    auto ended = begun.process != 0 ? id != begun.process
                                    : id == 0 && base::monotonic_now() - begun.at > start_limit;
    if (ended)
      return "the new program ended before it was ready; its words are in the log of `nova "
             "cluster up`, which starts it again, unless a setting is wrong";
    begun.process = id;
    return {};
  }

private:
  void order(int which, const std::string& node) {
    const auto& [id, parent, words] = nodes_.at(node);
    sigval value{};
    value.sival_int = id;
    if (::sigqueue(parent, which, value) != 0)
      throw std::system_error(errno, std::generic_category(),
                              "`nova cluster up`, process " + std::to_string(parent));
  }

  /// The processes of that node whose parent is a `nova cluster up`.
  static std::vector<seen_process> children(const std::string& node) {
    std::vector<seen_process> found;
    std::error_code failed;
    for (const auto& entry : std::filesystem::directory_iterator("/proc", failed)) {
      auto name = entry.path().filename().string();
      pid_t id = 0;
      auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), id);
      if (error != std::errc{} || end != name.data() + name.size())
        continue;
      auto one = read_process(id);
      if (has_words(one, {"run", "--name", node})
          && has_words(read_process(one.parent), {"cluster", "up"}))
        found.push_back(std::move(one));
    }
    return found;
  }

  std::map<std::string, seen_process> nodes_; // as they were before they were stopped
  struct begun_process {
    pid_t process = 0; // 0: not seen yet
    base::monotonic_time at;
  };
  std::map<std::string, begun_process> started_;
};

} // namespace

bool plain_name(const std::string& name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '.' || c == '_' || c == '-';
  });
}

std::unique_ptr<node_keeper> keep_by_commands(std::string stop, std::string start) {
  return std::make_unique<keeper_by_commands>(std::move(stop), std::move(start));
}

std::unique_ptr<node_keeper> keep_by_local_cluster() {
  return std::make_unique<keeper_by_local_cluster>();
}

} // namespace nova::app
