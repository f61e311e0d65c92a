#include "nylas/json.hpp"

#include "base/clock.hpp"
#include "base/json_text.hpp"
#include "base/utf8.hpp"
#include "nylas/time_text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstring>
#include <vector>

namespace nova::nylas::json {

namespace {

using byte = unsigned char;

constexpr std::string_view replacement = "\xEF\xBF\xBD"; // U+FFFD
constexpr int64_t seconds_min = -62'135'596'800;         // 0001-01-01
constexpr int64_t seconds_max = 253'402'300'799;         // 9999-12-31

void mend_utf8(std::string& json) {
  auto bad = base::find_invalid_utf8(json);
  if (bad == json.size())
    return;
  std::string mended;
  mended.reserve(json.size() + 64);
  size_t good = 0;
  for (; bad < json.size(); bad = base::find_invalid_utf8(json, good)) {
    mended.append(json, good, bad - good).append(replacement);
    good = bad + 1;
  }
  json = mended.append(json, good);
}

/// The code unit of `\uXXXX` at `at`, or nothing when there is no such escape.
std::optional<unsigned> escaped_unit(const std::string& json, size_t at) {
  if (at + 6 > json.size() || json[at] != '\\' || json[at + 1] != 'u')
    return {};
  unsigned unit = 0;
  auto digits = json.data() + at + 2;
  auto [end, error] = std::from_chars(digits, digits + 4, unit, 16);
  if (error != std::errc{} || end != digits + 4)
    return {};
  return unit;
}

bool high_surrogate(unsigned unit) {
  return unit >= 0xD800 && unit <= 0xDBFF;
}

bool low_surrogate(unsigned unit) {
  return unit >= 0xDC00 && unit <= 0xDFFF;
}

/// Encoders that work in UTF-16 cut snippets in the middle of a character and write the half.
void mend_escapes(std::string& json) {
  for (auto at = json.find('\\'); at != std::string::npos; at = json.find('\\', at)) {
    auto unit = escaped_unit(json, at);
    if (!unit) {
      at += 2;
      continue;
    }
    if (high_surrogate(*unit) && low_surrogate(escaped_unit(json, at + 6).value_or(0))) {
      at += 12;
      continue;
    }
    if (*unit == 0 || high_surrogate(*unit) || low_surrogate(*unit))
      json.replace(at + 2, 4, "fffd");
    at += 6;
  }
}

bool is_control(char c) {
  return static_cast<byte>(c) < 0x20;
}

bool has_control(const std::string& json) {
  size_t at = 0;
  // Eight at a time: a byte below 0x20 borrows from its own highest bit.
  for (uint64_t eight = 0; at + 8 <= json.size(); at += 8) {
    std::memcpy(&eight, json.data() + at, 8);
    if (((eight - 0x2020202020202020u) & ~eight & 0x8080808080808080u) != 0)
      return true;
  }
  return std::any_of(json.begin() + static_cast<ptrdiff_t>(at), json.end(), is_control);
}

/// In a string control characters stand as escapes only (RFC 8259, 7). What RapidJSON lets pass
/// PostgreSQL refuses. Those outside of strings stay: white space, or no JSON.
void mend_controls(std::string& json) {
  constexpr std::string_view digits = "0123456789abcdef";
  if (!has_control(json))
    return;
  std::string mended;
  mended.reserve(json.size() + 64);
  bool inside = false;
  for (size_t at = 0; at < json.size(); ++at) {
    auto c = json[at];
    if (inside && is_control(c)) {
      mended.append("\\u00").append(1, digits[static_cast<byte>(c) >> 4]).append(1, digits[c & 15]);
      continue;
    }
    mended += c;
    if (c == '"')
      inside = !inside;
    else if (inside && c == '\\' && at + 1 < json.size() && !is_control(json[at + 1]))
      mended += json[++at];
  }
  json = std::move(mended);
}

bool in_range(double seconds) {
  return seconds >= static_cast<double>(seconds_min) && seconds <= static_cast<double>(seconds_max);
}

/// A time in thousandths, millionths or billionths of seconds, told by where it would be: between
/// 1990 and 2100.
std::optional<int64_t> finer_than_seconds(double x) {
  constexpr double year_1990 = 631'152'000, year_2100 = 4'102'444'800;
  for (double unit : {1e3, 1e6, 1e9})
    if (auto seconds = std::floor(x / unit); seconds >= year_1990 && seconds <= year_2100)
      return static_cast<int64_t>(seconds);
  return {};
}

/// Digits, or a date as people and programs write one.
std::optional<int64_t> seconds_of(std::string_view text) {
  double number = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc{} && end == text.data() + text.size()) {
    number = std::floor(number);
    return in_range(number) ? static_cast<int64_t>(number) : finer_than_seconds(number);
  }
  auto moment = parse_time_text(text);
  return moment && in_range(static_cast<double>(*moment)) ? moment : std::nullopt;
}

} // namespace

void mend_text(std::string& json) {
  mend_utf8(json);
  mend_controls(json);
  mend_escapes(json);
}

tl::expected<void, base::bad_input> document::open(std::string text, const bounds& limits) {
  if (text.size() > limits.bytes_max)
    return tl::unexpected(
      base::bad_input{"body", "larger than " + std::to_string(limits.bytes_max) + " bytes"});
  text_ = std::move(text);
  mend_text(text_);
  if (auto parsed = nova::json::parse_in_place(tree_, text_, limits); !parsed)
    return parsed;
  if (!tree_.IsObject())
    return tl::unexpected(base::bad_input{"body", "not a JSON object"});
  return {};
}

const value* find(const value& object, std::string_view name) {
  if (!object.IsObject())
    return nullptr;
  for (auto member = object.MemberBegin(); member != object.MemberEnd(); ++member)
    if (text_of(member->name) == name)
      return &member->value;
  return nullptr;
}

const value* find_present(const value& object, std::string_view name) {
  auto found = find(object, name);
  return found == nullptr || found->IsNull() ? nullptr : found;
}

std::string_view find_text(const value& object, std::string_view name) {
  auto found = find(object, name);
  return found != nullptr && found->IsString() ? text_of(*found) : std::string_view{};
}

std::optional<std::string> scalar_text(const value& x) {
  if (x.IsString())
    return std::string{text_of(x)};
  if (x.IsBool())
    return x.GetBool() ? "true" : "false";
  if (x.IsInt64())
    return std::to_string(x.GetInt64());
  if (x.IsUint64())
    return std::to_string(x.GetUint64());
  if (!x.IsNumber())
    return {};
  std::array<char, 32> digits{};
  auto [end, error] = std::to_chars(digits.begin(), digits.end(), x.GetDouble());
  return std::string{digits.data(), end};
}

std::optional<std::string> members::text(std::string_view name) {
  auto found = find_present(object_, name);
  if (found == nullptr)
    return {};
  if (!found->IsString())
    note(name,
         found->IsNumber() || found->IsBool() ? "no text, written as one" : "no text, left out");
  return scalar_text(*found);
}

std::optional<std::string> members::id(std::string_view name) {
  auto id = text(name);
  if (!id || id->size() <= id_bytes_max)
    return id;
  note(name, "longer than 2048 bytes, left out");
  return {};
}

std::string members::required_id(std::string_view name) {
  auto refuse = [&](std::string reason) {
    failure_ = base::bad_input{std::string{name}, std::move(reason)};
    return std::string{};
  };
  auto found = find_present(object_, name);
  if (found == nullptr || (found->IsString() && found->GetStringLength() == 0))
    return refuse("missing");
  if (!found->IsString() && !found->IsInt64() && !found->IsUint64())
    return refuse("wrong type, a string is accepted");
  auto id = *text(name);
  return id.size() <= id_bytes_max
           ? id
           : refuse("longer than " + std::to_string(id_bytes_max) + " bytes");
}

std::optional<bool> members::flag(std::string_view name) {
  auto found = find_present(object_, name);
  if (found == nullptr)
    return {};
  if (found->IsBool())
    return found->GetBool();
  auto word = scalar_text(*found).value_or("");
  for (auto& c : word)
    c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
  auto yes = word == "1" || word == "true" || word == "yes";
  if (!yes && word != "0" && word != "false" && word != "no") {
    note(name, "neither true nor false, left out");
    return {};
  }
  note(name, "a number or text, read as true or false");
  return yes;
}

std::optional<int64_t> members::seconds(std::string_view name) {
  auto found = find_present(object_, name);
  if (found == nullptr)
    return {};
  if (found->IsNumber() && in_range(std::floor(found->GetDouble())))
    // Some encoders write whole seconds with a fraction; a double holds every second of the range.
    return static_cast<int64_t>(std::floor(found->GetDouble()));
  auto read = found->IsNumber()   ? finer_than_seconds(found->GetDouble())
              : found->IsString() ? seconds_of(text_of(*found))
                                  : std::nullopt;
  note(name, read ? "no number of seconds, read as a time"
                  : "no time between the years 1 and 9999, left out");
  return read;
}

std::optional<std::span<const value>> members::list(std::string_view name) {
  auto found = find_present(object_, name);
  if (found == nullptr)
    return {};
  if (found->IsArray())
    return std::span<const value>{found->Begin(), found->Size()};
  if (found->IsBool()) {
    note(name, "no list, left out");
    return {};
  }
  note(name, "no list, read as its only element");
  auto none = found->IsObject() ? found->ObjectEmpty() : scalar_text(*found)->empty();
  return std::span<const value>{found, none ? size_t{0} : size_t{1}};
}

const value* members::object(std::string_view name) {
  auto found = find_present(object_, name);
  if (found == nullptr || found->IsObject())
    return found;
  note(name, "no object, left out");
  return nullptr;
}

void members::note(std::string_view name, std::string_view what) {
  auto noted = [&](const auto& note) { return note.first == name; };
  if (std::none_of(notes_.begin(), notes_.end(), noted))
    notes_.emplace_back(name, what);
}

std::string members::notes() const {
  if (notes_.empty())
    return {};
  std::string all;
  for (const auto& [name, what] : notes_) {
    all += all.empty() ? '{' : ',';
    append_string(all, name);
    all += ':';
    append_string(all, what);
  }
  return all + '}';
}

void append_string(std::string& out, std::string_view text) {
  base::append_json_string(out, text);
}

std::string to_compact(const value& x) {
  rapidjson::StringBuffer buffer;
  base::json_writer writer{buffer};
  if (!x.IsObject()) {
    x.Accept(writer);
    return {buffer.GetString(), buffer.GetSize()};
  }
  std::vector<const value::Member*> sorted;
  sorted.reserve(x.MemberCount());
  for (auto member = x.MemberBegin(); member != x.MemberEnd(); ++member)
    sorted.push_back(&*member);
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](auto a, auto b) { return text_of(a->name) < text_of(b->name); });
  writer.StartObject();
  for (auto member : sorted) {
    writer.Key(member->name.GetString(), member->name.GetStringLength());
    member->value.Accept(writer);
  }
  writer.EndObject();
  return {buffer.GetString(), buffer.GetSize()};
}

} // namespace nova::nylas::json
