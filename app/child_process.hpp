#pragma once

#include <sys/types.h>

#include <map>
#include <string>
#include <vector>

namespace nova::app {

/// A process of this program's own, which dies with us. What it prints goes to a file.
class child_process {
public:
  /// Starts this very program with other arguments, or that of another file. `environment` is added
  /// to ours. Throws `std::system_error`.
  child_process(const std::vector<std::string>& arguments,
                const std::map<std::string, std::string>& environment, const std::string& log_file,
                const std::string& program = "/proc/self/exe");
  ~child_process();

  child_process(const child_process&) = delete;
  child_process& operator=(const child_process&) = delete;

  [[nodiscard]] pid_t pid() const {
    return pid_;
  }

  /// False once it has ended, however.
  bool running();

  /// SIGKILL, and waits for its end.
  void kill();

  /// SIGTERM, and waits for its end; after a minute SIGKILL. Returns the exit status as the shell
  /// has it.
  int stop();

  struct usage {
    double cpu_seconds = 0;
    uint64_t resident_bytes = 0;
    uint64_t resident_bytes_max = 0;
  };
  /// From /proc; zeros when it is gone.
  [[nodiscard]] usage used() const;

private:
  int wait();

  pid_t pid_ = -1;
  int status_ = 0;
};

} // namespace nova::app
