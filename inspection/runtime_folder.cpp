#include "inspection/runtime_folder.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <system_error>

namespace nova::inspection {
namespace {

constexpr const char* system_folder = "/run/nova";

/// A folder, not a link to one, that only this user can write.
bool is_mine_alone(const std::string& path) {
  struct stat is {};
  return ::lstat(path.c_str(), &is) == 0 && S_ISDIR(is.st_mode) && is.st_uid == ::geteuid()
         && (is.st_mode & 022U) == 0;
}

bool make(const std::string& path) {
  return ::mkdir(path.c_str(), 0700) == 0 || errno == EEXIST;
}

} // namespace

std::filesystem::path runtime_folder() {
  const char* given =
    std::getenv("XDG_RUNTIME_DIR"); // NOLINT(concurrency-mt-unsafe): nothing here sets it
  if (given != nullptr && *given != '\0')
    return given;
  if (::geteuid() == 0)
    static_cast<void>(make(system_folder)); // where /run cannot be written the next one is taken
  if (is_mine_alone(system_folder))
    return system_folder;
  auto own = std::filesystem::temp_directory_path() / ("nova-" + std::to_string(::geteuid()));
  if (!make(own))
    throw std::system_error(errno, std::generic_category(), own);
  if (!is_mine_alone(own))
    throw std::runtime_error(own.string()
                             + " is not this user's alone, so no socket in it is trusted: set "
                               "XDG_RUNTIME_DIR to a folder that is, or NOVA_INSPECT to a path");
  return own;
}

std::string default_socket(const std::string& node) {
  return runtime_folder() / ("nova-" + node + ".sock");
}

} // namespace nova::inspection
