#pragma once

#include "base/bad_input.hpp"

#include <tl/expected.hpp>

#include <cstddef>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>

namespace nova::base {

/// Of the content of a file that holds a secret, in bytes.
constexpr size_t secret_bytes_max = size_t{64} << 10;

/// The content of a file without the line end at its end, as `X_FILE` of a setting `X` and files of
/// secrets have it. The error names the file and never what is in it: it cannot be read, is no
/// regular file, is empty or larger than `secret_bytes_max`, or holds a NUL.
[[nodiscard]] tl::expected<std::string, bad_input> read_secret_file(const std::string& path);

/// Where the values of secrets are, of which tables and settings have only the names. The first of
/// these that there is counts: the environment's `NOVA_SECRET_<NAME>`, the file that
/// `NOVA_SECRET_<NAME>_FILE` names, the file `<NAME>` in the directory `NOVA_SECRETS_DIR`. Files
/// are looked at each time and read again when they have changed, so that a secret is replaced
/// without a restart; looking may block for as long as the file system does. Any thread.
class secrets {
public:
  using environment = std::function<std::optional<std::string>(const std::string& name)>;

  /// `directory` is empty when there is none.
  explicit secrets(std::string directory, environment look = process_environment);

  /// The error says which places were looked at, never a value.
  [[nodiscard]] tl::expected<std::string, bad_input> find(std::string_view name) const;

  [[nodiscard]] static std::optional<std::string> process_environment(const std::string& name);

private:
  /// What tells a file from its successor.
  using identity = std::tuple<uint64_t, uint64_t, int64_t, int64_t, int64_t>;
  struct held_file {
    identity seen;
    std::string value;
  };

  [[nodiscard]] tl::expected<std::string, bad_input> of_file(const std::string& path) const;

  std::string directory_;
  environment look_;
  mutable std::mutex mutex_;
  mutable std::map<std::string, held_file> files_; // by path; as many as there are names
};

/// A name of a secret is 1 to 64 of `A-Z a-z 0-9 _ . -`, and neither `.` nor `..`.
[[nodiscard]] bool is_secret_name(std::string_view name);

} // namespace nova::base
