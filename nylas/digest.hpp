#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace nova::nylas {

/// Of the bytes as they are.
[[nodiscard]] std::array<uint8_t, 32> sha256(std::string_view text);
/// The same as raw bytes of a column.
[[nodiscard]] std::string sha256_of(std::string_view bytes);

/// Gathers the canonical form of something and hashes it: every field is preceded by its length, so
/// that no two different lists of fields look alike.
class digest {
public:
  void add(std::string_view field);
  /// A to Z as a to z, other characters as they are: what makes two e-mail addresses the same to
  /// us.
  void add_lower_case(std::string_view field);
  void add(int64_t number);

  /// The first 16 bytes of SHA-256, raw. Starts anew.
  [[nodiscard]] std::string finish();

private:
  void add_length(size_t length);

  std::string text_;
};

} // namespace nova::nylas
