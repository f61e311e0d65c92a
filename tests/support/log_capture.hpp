#pragma once

#include "base/log.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <string>
#include <system_error>

namespace nova::test {

/// Takes what this process writes to standard error, the log above all, while it lives. One at a
/// time.
class log_capture {
public:
  explicit log_capture(base::log_level level = base::log_level::info)
    : before_(::dup(STDERR_FILENO)), file_(::memfd_create("log", MFD_CLOEXEC)) {
    if (before_ < 0 || file_ < 0 || ::dup2(file_, STDERR_FILENO) < 0)
      throw std::system_error(errno, std::system_category(), "standard error");
    base::configure_log({level, base::log_format::text});
  }

  ~log_capture() {
    base::configure_log({base::log_level::off, base::log_format::text});
    ::dup2(before_, STDERR_FILENO);
    ::close(before_);
    ::close(file_);
  }

  log_capture(const log_capture&) = delete;
  log_capture& operator=(const log_capture&) = delete;

  [[nodiscard]] std::string text() const {
    std::string all(static_cast<size_t>(::lseek(file_, 0, SEEK_CUR)), '\0');
    all.resize(static_cast<size_t>(::pread(file_, all.data(), all.size(), 0)));
    return all;
  }

  /// How often it was said.
  [[nodiscard]] size_t times(const std::string& what) const {
    auto all = text();
    size_t count = 0;
    for (auto at = all.find(what); at != std::string::npos; at = all.find(what, at + what.size()))
      ++count;
    return count;
  }

private:
  int before_, file_;
};

} // namespace nova::test
