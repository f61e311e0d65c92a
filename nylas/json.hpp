#pragma once

#include "base/bad_input.hpp"
#include "json/json_reader.hpp"

#include <rapidjson/document.h>
#include <tl/expected.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Reading JSON from outside, for the parsers of this folder only.
namespace nova::nylas::json {

using value = rapidjson::Value;

using bounds = nova::json::bounds;

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

/// An id is at most that long, so that an index can hold it (a B-tree takes 2,704 bytes an entry).
constexpr size_t id_bytes_max = 2048;

/// Reads the members of one object. Absent, null and unreadable are one: nothing, so that what is
/// stored stays. What has another form than the API promises is converted where its meaning is
/// plain; both are noted, by the name of the member.
class members {
public:
  explicit members(const value& object) : object_(object) {}

  /// A number or a truth value becomes its text.
  std::optional<std::string> text(std::string_view name);
  /// As `text`, and unreadable above `id_bytes_max`.
  std::optional<std::string> id(std::string_view name);
  /// The id of the object itself, a text or a whole number; the only thing that must be there.
  std::string required_id(std::string_view name);
  /// 0, 1 and their words are false and true.
  std::optional<bool> flag(std::string_view name);
  /// Seconds since 1970, between the years 1 and 9999, which is what PostgreSQL and people accept.
  /// Thousandths, millionths and billionths of seconds and text are converted.
  std::optional<int64_t> seconds(std::string_view name);
  /// The elements of a list; what stands alone is a list of one.
  std::optional<std::span<const value>> list(std::string_view name);
  /// nullptr for none.
  const value* object(std::string_view name);

  /// Notes that a member was not as promised; the first time counts.
  void note(std::string_view name, std::string_view what);
  /// `{"member":"what it was", …}`, empty when all was as promised.
  [[nodiscard]] std::string notes() const;

  /// Of `required_id`.
  [[nodiscard]] const std::optional<base::bad_input>& failure() const {
    return failure_;
  }

private:
  const value& object_;
  std::vector<std::pair<std::string_view, std::string_view>> notes_; // of constants
  std::optional<base::bad_input> failure_;
};

/// The text of a string, a number or a truth value; nothing for others.
std::optional<std::string> scalar_text(const value& x);

/// Appends a JSON string with its quotes.
void append_string(std::string& out, std::string_view text);

/// Compact JSON, the members of the outermost object sorted by name.
std::string to_compact(const value& x);

} // namespace nova::nylas::json
