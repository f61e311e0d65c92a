#include "nylas/json.hpp"

#include "nylas/time_text.hpp"

#include <rapidjson/error/en.h>
#include <rapidjson/reader.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstring>
#include <vector>

namespace nova::nylas::json {

namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD"; // U+FFFD
constexpr int64_t seconds_min = -62'135'596'800; // 0001-01-01
constexpr int64_t seconds_max = 253'402'300'799; // 9999-12-31

using byte = unsigned char;

bool continues(byte x) {
  return (x & 0xC0) == 0x80;
}

/// Length of the character at `p` (RFC 3629: no surrogates, no longer form than needed), 0 when it
/// is none.
size_t character_length(const byte* p, const byte* end) {
  if (*p < 0x80)
    return 1;
  auto left = end - p;
  if (*p >= 0xC2 && *p <= 0xDF)
    return left >= 2 && continues(p[1]) ? 2 : 0;
  if (*p >= 0xE0 && *p <= 0xEF) {
    if (left < 3 || !continues(p[1]) || !continues(p[2]))
      return 0;
    return (*p == 0xE0 && p[1] < 0xA0) || (*p == 0xED && p[1] > 0x9F) ? 0 : 3;
  }
  if (*p >= 0xF0 && *p <= 0xF4) {
    if (left < 4 || !continues(p[1]) || !continues(p[2]) || !continues(p[3]))
      return 0;
    return (*p == 0xF0 && p[1] < 0x90) || (*p == 0xF4 && p[1] > 0x8F) ? 0 : 4;
  }
  return 0;
}

/// The first byte from `p` on that belongs to no character, or `end`.
const byte* find_invalid(const byte* p, const byte* end) {
  while (p < end) {
    for (uint64_t eight = 0; end - p >= 8; p += 8) {
      std::memcpy(&eight, p, 8);
      if ((eight & 0x8080808080808080u) != 0)
        break;
    }
    for (auto stop = std::min(end, p + 64); p < stop;) {
      auto length = character_length(p, end);
      if (length == 0)
        return p;
      p += length;
    }
  }
  return end;
}

void mend_utf8(std::string& json) {
  auto begin = reinterpret_cast<const byte*>(json.data());
  auto end = begin + json.size();
  auto bad = find_invalid(begin, end);
  if (bad == end)
    return;
  std::string mended;
  mended.reserve(json.size() + 64);
  for (auto good = begin; good < end; bad = find_invalid(good, end)) {
    mended.append(reinterpret_cast<const char*>(good), static_cast<size_t>(bad - good));
    if (bad == end)
      break;
    mended += replacement;
    good = bad + 1;
  }
  json = std::move(mended);
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

// NOLINTBEGIN(readability-identifier-naming): RapidJSON's reader calls these names
/// Passes what the reader finds on to the document, within the bounds.
class bounded_handler {
public:
  bounded_handler(rapidjson::Document& tree, const bounds& limits) : tree_(tree), limits_(limits) {}

  [[nodiscard]] const char* breach() const {
    return breach_;
  }

  bool Null() {
    return counted() && tree_.Null();
  }
  bool Bool(bool x) {
    return counted() && tree_.Bool(x);
  }
  bool Int(int x) {
    return counted() && tree_.Int(x);
  }
  bool Uint(unsigned x) {
    return counted() && tree_.Uint(x);
  }
  bool Int64(int64_t x) {
    return counted() && tree_.Int64(x);
  }
  bool Uint64(uint64_t x) {
    return counted() && tree_.Uint64(x);
  }
  bool Double(double x) {
    return counted() && tree_.Double(x);
  }
  bool RawNumber(const char* text, rapidjson::SizeType length, bool copy) {
    return counted() && tree_.RawNumber(text, length, copy);
  }
  bool String(const char* text, rapidjson::SizeType length, bool copy) {
    return counted() && tree_.String(text, length, copy);
  }
  bool Key(const char* text, rapidjson::SizeType length, bool copy) {
    return counted() && tree_.Key(text, length, copy);
  }
  bool StartObject() {
    return entered() && tree_.StartObject();
  }
  bool EndObject(rapidjson::SizeType count) {
    --depth_;
    return tree_.EndObject(count);
  }
  bool StartArray() {
    return entered() && tree_.StartArray();
  }
  bool EndArray(rapidjson::SizeType count) {
    --depth_;
    return tree_.EndArray(count);
  }

private:
  bool counted() {
    if (++values_ <= limits_.values_max)
      return true;
    breach_ = "too many values";
    return false;
  }

  bool entered() {
    if (++depth_ <= limits_.depth_max)
      return counted();
    breach_ = "nested too deep";
    return false;
  }

  rapidjson::Document& tree_;
  const bounds& limits_;
  uint32_t depth_ = 0;
  uint32_t values_ = 0;
  const char* breach_ = nullptr;
};
// NOLINTEND(readability-identifier-naming)

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
  if (text_.find('\0') != std::string::npos)
    return tl::unexpected(base::bad_input{"body", "not JSON: a NUL byte"});
  text_.reserve(text_.size() + 16); // the reader looks at 16 bytes at a time

  constexpr unsigned flags = rapidjson::kParseInsituFlag | rapidjson::kParseIterativeFlag;
  bounded_handler handler{tree_, limits};
  rapidjson::ParseResult result;
  auto generate = [&](rapidjson::Document&) {
    rapidjson::InsituStringStream stream{text_.data()};
    rapidjson::Reader reader;
    result = reader.Parse<flags>(stream, handler);
    return !result.IsError();
  };
  tree_.Populate(generate);
  if (handler.breach() != nullptr)
    return tl::unexpected(base::bad_input{"body", handler.breach()});
  if (result.IsError())
    return tl::unexpected(
      base::bad_input{"byte " + std::to_string(result.Offset()),
                      std::string{"not JSON: "} + rapidjson::GetParseError_En(result.Code())});
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
    note(name, found->IsNumber() || found->IsBool() ? "no text, written as one"
                                                    : "no text, left out");
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
  return id.size() <= id_bytes_max ? id
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
  constexpr std::string_view digits = "0123456789abcdef";
  out += '"';
  size_t copied = 0;
  for (size_t at = 0; at < text.size(); ++at) {
    auto c = static_cast<byte>(text[at]);
    if (c >= 0x20 && c != '"' && c != '\\')
      continue;
    out.append(text, copied, at - copied);
    copied = at + 1;
    switch (c) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      default: out.append("\\u00").append(1, digits[c >> 4]).append(1, digits[c & 15]); break;
    }
  }
  out.append(text, copied);
  out += '"';
}

std::string to_compact(const value& x) {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> writer{buffer};
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
    member->name.Accept(writer);
    member->value.Accept(writer);
  }
  writer.EndObject();
  return {buffer.GetString(), buffer.GetSize()};
}

} // namespace nova::nylas::json
