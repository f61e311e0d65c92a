#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace nova::pg {

/// Who runs the server's programs: ourselves, or somebody with fewer rights when we are root.
struct server_user {
  uid_t uid = 0;
  gid_t gid = 0;
  std::string name;
};

/// Runs a program to its end as that user, its output in `log`. Returns its exit status, 128 plus
/// the signal that ended it, or 127 when it cannot be run.
int run_program(const server_user& user, const std::vector<std::string>& arguments,
                const std::string& log);

/// A server that lives as long as this object and never longer than this process, even when that
/// ends by SIGKILL. Any thread may make and end it.
class watchdog {
public:
  /// Starts the program; its output is appended to `log`. Throws `std::system_error`.
  watchdog(const server_user& user, const std::vector<std::string>& arguments,
           const std::string& log);
  ~watchdog();

  watchdog(const watchdog&) = delete;
  watchdog& operator=(const watchdog&) = delete;

  /// False once the server has ended, for whatever reason.
  bool running();

  /// Fast shutdown (open transactions are rolled back), or an immediate one, which is a crash to
  /// the data. Returns when the server has ended. Idempotent.
  void stop(bool immediate = false);

private:
  pid_t pid_ = -1;
  int lifeline_ = -1;
};

} // namespace nova::pg
