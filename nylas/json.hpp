#pragma once

#include "base/bad_input.hpp"

#include <rapidjson/document.h>
#include <tl/expected.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// Reading JSON from outside, for the parsers of this folder only.
namespace nova::nylas::json {

using value = rapidjson::Value;

/// What a document may be; beyond it, it is refused before it costs memory.
struct bounds {
  size_t bytes_max = size_t{64} << 20;
  uint32_t depth_max = 64;
  uint32_t values_max = 4'000'000;
};

/// Replaces what PostgreSQL's `text` and `jsonb` refuse by U+FFFD: bytes that are not UTF-8, a NUL
/// and an escaped half of a surrogate pair; other control characters in strings are escaped. Works
/// on the JSON text, so that no string needs a check afterwards.
void mend_text(std::string& json);

/// A parsed JSON text. Values point into it.
class document {
public:
  document() = default;
  document(const document&) = delete;
  document& operator=(const document&) = delete;

  /// Mends, then parses in place; the root must be an object. Once per document.
  tl::expected<void, base::bad_input> open(std::string text, const bounds& limits = {});

  [[nodiscard]] const value& root() const {
    return tree_;
  }

private:
  std::string text_;
  rapidjson::Document tree_;
};

/// The member of that name; nullptr when it is absent or `object` is none.
const value* find(const value& object, std::string_view name);

/// As `find`, and nullptr for null.
const value* find_present(const value& object, std::string_view name);

inline std::string_view text_of(const value& x) {
  return {x.GetString(), x.GetStringLength()};
}

/// The text of a member, empty when it is absent or no string.
std::string_view find_text(const value& object, std::string_view name);

/// Reads the members of one object, absent and null alike as empty. The first of a wrong type
/// becomes the failure.
class members {
public:
  explicit members(const value& object) : object_(object) {}

  std::string text(std::string_view name);
  /// An id: at most 1,024 bytes, so that an index can hold it.
  std::string id(std::string_view name);
  /// As `id`, and a failure when there is none.
  std::string required_id(std::string_view name);
  bool flag(std::string_view name);
  /// Seconds since 1970, between the years 1 and 9999, which is what PostgreSQL and people accept.
  std::optional<int64_t> seconds(std::string_view name);
  /// nullptr when absent.
  const value* list(std::string_view name);
  const value* object(std::string_view name);

  void fail(std::string_view name, std::string_view reason);

  [[nodiscard]] const std::optional<base::bad_input>& failure() const {
    return failure_;
  }

private:
  const value& object_;
  std::optional<base::bad_input> failure_;
};

/// Appends a JSON string with its quotes.
void append_string(std::string& out, std::string_view text);

/// Compact JSON, the members of the outermost object sorted by name.
std::string to_compact(const value& x);

} // namespace nova::nylas::json
