#include "base/secrets.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

namespace nova::base {
namespace {

constexpr size_t name_max = 64;
constexpr size_t held_max = 1000;

struct open_file {
  explicit open_file(const std::string& path)
    // A pipe that nobody writes would be waited for.
    : fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {}

  ~open_file() {
    if (fd >= 0)
      ::close(fd);
  }

  open_file(const open_file&) = delete;
  open_file& operator=(const open_file&) = delete;

  int fd;
};

tl::unexpected<bad_input> unreadable(const std::string& path, const std::string& reason) {
  return tl::unexpected{bad_input{"file '" + path + "'", reason}};
}

std::string variable_of(std::string_view name) {
  std::string variable{secret_variable_prefix};
  for (char c : name)
    variable += c >= 'a' && c <= 'z'   ? static_cast<char>(c - 'a' + 'A')
                : c == '.' || c == '-' ? '_'
                                       : c;
  return variable;
}

} // namespace

tl::expected<std::string, bad_input> read_secret_file(const std::string& path) {
  open_file file{path};
  if (file.fd < 0)
    return unreadable(path, "cannot be read: " + std::generic_category().message(errno));
  struct stat about {};
  if (::fstat(file.fd, &about) != 0 || !S_ISREG(about.st_mode))
    return unreadable(path, "is no regular file");
  std::string value;
  std::array<char, 4096> part{};
  ssize_t got = 0;
  while (value.size() <= secret_bytes_max && (got = ::read(file.fd, part.data(), part.size())) > 0)
    value.append(part.data(), static_cast<size_t>(got));
  if (got < 0)
    return unreadable(path, "cannot be read: " + std::generic_category().message(errno));
  if (value.size() > secret_bytes_max)
    return unreadable(path, "is larger than " + std::to_string(secret_bytes_max) + " bytes");
  if (value.ends_with('\n'))
    value.pop_back();
  if (value.ends_with('\r'))
    value.pop_back();
  if (value.empty())
    return unreadable(path, "is empty");
  if (value.find('\0') != std::string::npos)
    return unreadable(path, "has a zero byte: it is not a text");
  return value;
}

bool is_secret_name(std::string_view name) {
  auto word = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  };
  auto good = [&](char c) { return word(c) || c == '.' || c == '-'; };
  return !name.empty() && name.size() <= name_max && word(name.front())
         && std::all_of(name.begin(), name.end(), good);
}

secrets::secrets(std::map<std::string, std::string> variables, std::string directory)
  : variables_(std::move(variables)), directory_(std::move(directory)) {
  std::erase_if(variables_, [](const auto& variable) {
    return !variable.first.starts_with(secret_variable_prefix) || variable.second.empty();
  });
}

tl::expected<std::string, bad_input> secrets::find(std::string_view name) const {
  if (!is_secret_name(name))
    return tl::unexpected{bad_input{"secret", "a name is 1 to 64 of A-Z a-z 0-9 _ . - and begins "
                                              "with none of the last two"}};
  auto variable = variable_of(name);
  auto where = "secret '" + std::string{name} + "'";
  if (auto found = variables_.find(variable); found != variables_.end())
    return found->second;
  auto looked = "is not in " + variable;
  if (auto named = variables_.find(variable + "_FILE"); named != variables_.end()) {
    auto value = of_file(named->second);
    return value
             ? value
             : tl::unexpected{bad_input{where, variable + "_FILE: " + to_string(value.error())}};
  }
  looked += ", not in a file that " + variable + "_FILE names";
  if (directory_.empty())
    return tl::unexpected{bad_input{where, looked + ", and NOVA_SECRETS_DIR is not set"}};
  auto value = of_file(directory_ + '/' + std::string{name});
  if (!value)
    return tl::unexpected{
      bad_input{where, looked + ", and of NOVA_SECRETS_DIR " + to_string(value.error())}};
  return value;
}

tl::expected<std::string, bad_input> secrets::of_file(const std::string& path) const {
  struct stat about {};
  std::lock_guard guard{mutex_};
  if (::stat(path.c_str(), &about) != 0) {
    files_.erase(path);
    return unreadable(path, "cannot be read: " + std::generic_category().message(errno));
  }
  identity now{about.st_dev, about.st_ino, about.st_size, about.st_mtim.tv_sec,
               about.st_mtim.tv_nsec};
  if (auto held = files_.find(path); held != files_.end() && held->second.seen == now)
    return held->second.value;
  files_.erase(path);
  auto value = read_secret_file(path);
  if (value && files_.size() < held_max)
    files_.emplace(path, held_file{now, *value});
  return value;
}

} // namespace nova::base
