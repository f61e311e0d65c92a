#pragma once

#include "base/bad_input.hpp"

#include <tl/expected.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <tuple>

namespace nova::base {

/// Of the content of a file that holds a secret, in bytes.
constexpr size_t secret_bytes_max = size_t{64} << 10;

/// The content of a file without the line end at its end, as files of secrets and `X_FILE` of a
/// setting `X` have it. The error names the file and never what is in it: it cannot be read, is no
/// regular file, is empty or larger than `secret_bytes_max`, or holds a zero byte. May block for as
/// long as the file system does.
[[nodiscard]] tl::expected<std::string, bad_input> read_secret_file(const std::string& path);

/// A name of a secret is 1 to 64 of `A-Z a-z 0-9 _ . -`, and begins with none of the last two.
[[nodiscard]] bool is_secret_name(std::string_view name);

/// What every name of a variable that holds or places a secret begins with.
constexpr std::string_view secret_variable_prefix = "NOVA_SECRET_";

/// Where the values of secrets are, of which tables and settings have only the names. The first of
/// these that there is counts: the variable `NOVA_SECRET_NAME` (in capitals, `_` for `.` and `-`),
/// the file that the variable `NOVA_SECRET_NAME_FILE` names, the file of the secret's name in the
/// directory. Files are looked at each time and read again when they have changed, so that a secret
/// is replaced without a restart. Any thread; may block for as long as the file system does.
class secrets {
public:
  /// `variables` are those of the environment and the files of settings; of them only those with
  /// the prefix count. `directory` is empty when there is none.
  secrets(std::map<std::string, std::string> variables, std::string directory);

  /// The error says which places were looked at, never a value.
  [[nodiscard]] tl::expected<std::string, bad_input> find(std::string_view name) const;

private:
  /// What tells a file from its successor: device, inode, size, and when it was written.
  using identity = std::tuple<uint64_t, uint64_t, int64_t, int64_t, int64_t>;
  struct held_file {
    identity seen;
    std::string value;
  };

  [[nodiscard]] tl::expected<std::string, bad_input> of_file(const std::string& path) const;

  std::map<std::string, std::string> variables_;
  std::string directory_;
  mutable std::mutex mutex_;
  mutable std::map<std::string, held_file> files_; // by path; at most `held_max`
};

} // namespace nova::base
