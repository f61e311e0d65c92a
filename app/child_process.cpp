#include "app/child_process.hpp"

#include "base/clock.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <fstream>
#include <sstream>
#include <system_error>
#include <thread>

namespace nova::app {
namespace {

constexpr std::chrono::seconds stop_timeout{60};

std::vector<std::string> merged_environment(const std::map<std::string, std::string>& added) {
  std::vector<std::string> all;
  for (auto entry = environ; *entry; ++entry) {
    auto text = std::string{*entry};
    if (added.count(text.substr(0, text.find('='))) == 0)
      all.push_back(std::move(text));
  }
  for (const auto& [name, value] : added)
    all.emplace_back(name).append("=").append(value);
  return all;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> all;
  all.reserve(texts.size() + 1);
  for (auto& text : texts)
    all.push_back(text.data());
  all.push_back(nullptr);
  return all;
}

[[noreturn]] void become(char* const* arguments, char* const* environment, const char* log_file,
                         const char* program) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  // A terminal's Ctrl-C is for the parent, which stops us in order.
  setpgid(0, 0);
  sigset_t none;
  sigemptyset(&none);
  pthread_sigmask(SIG_SETMASK, &none, nullptr);
  int file = open(log_file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (file >= 0) {
    dup2(file, STDOUT_FILENO);
    dup2(file, STDERR_FILENO);
  }
  execve(program, arguments, environment);
  _exit(127);
}

} // namespace

child_process::child_process(const std::vector<std::string>& arguments,
                             const std::map<std::string, std::string>& environment,
                             const std::string& log_file, const std::string& program) {
  auto words = arguments;
  words.insert(words.begin(), "nova");
  auto variables = merged_environment(environment);
  // Made before the fork: after it a child of a program with threads may not allocate.
  auto word_pointers = pointers(words);
  auto variable_pointers = pointers(variables);
  pid_ = fork();
  if (pid_ < 0)
    throw std::system_error(errno, std::generic_category(), "cannot start a process");
  if (pid_ == 0)
    become(word_pointers.data(), variable_pointers.data(), log_file.c_str(), program.c_str());
}

child_process::~child_process() {
  kill();
}

bool child_process::running() {
  if (pid_ > 0 && waitpid(pid_, &status_, WNOHANG) == pid_)
    pid_ = -1;
  return pid_ > 0;
}

int child_process::wait() {
  while (pid_ > 0 && waitpid(pid_, &status_, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
  return WIFEXITED(status_) ? WEXITSTATUS(status_) : 128 + WTERMSIG(status_);
}

void child_process::kill() {
  if (pid_ <= 0)
    return;
  ::kill(pid_, SIGKILL);
  wait();
}

int child_process::stop() {
  if (pid_ > 0)
    ::kill(pid_, SIGTERM);
  auto deadline = base::monotonic_now() + stop_timeout;
  while (running() && base::monotonic_now() < deadline)
    std::this_thread::sleep_for(std::chrono::milliseconds{5}); // waitpid has no time-out
  if (pid_ > 0)
    ::kill(pid_, SIGKILL);
  return wait();
}

child_process::usage child_process::used() const {
  usage found;
  auto folder = "/proc/" + std::to_string(pid_);
  std::ifstream status{folder + "/status"};
  for (std::string line; std::getline(status, line);) {
    std::istringstream words{line};
    std::string name;
    uint64_t kib = 0;
    words >> name >> kib;
    if (name == "VmRSS:")
      found.resident_bytes = kib * 1024;
    else if (name == "VmHWM:")
      found.resident_bytes_max = kib * 1024;
  }
  std::ifstream stat{folder + "/stat"};
  std::string text{std::istreambuf_iterator<char>{stat}, {}};
  // The name in brackets may hold spaces; after it come state and ten more fields before utime.
  if (auto end = text.rfind(')'); end != std::string::npos) {
    std::istringstream words{text.substr(end + 1)};
    std::string skipped;
    for (int i = 0; i < 11; ++i)
      words >> skipped;
    uint64_t user = 0;
    uint64_t system = 0;
    words >> user >> system;
    found.cpu_seconds =
      static_cast<double>(user + system) / static_cast<double>(sysconf(_SC_CLK_TCK));
  }
  return found;
}

} // namespace nova::app
