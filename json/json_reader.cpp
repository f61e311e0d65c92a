#include "json/json_reader.hpp"

#include <bit>
#include <charconv>
#include <cstring>
#include <limits>
#include <vector>

// A loop over values: what is open (an array or an object) stands on a stack of its own. What is
// read goes to the document as RapidJSON's reader would send it.
namespace nova::json {
namespace {

using rapidjson::SizeType;

static_assert(std::endian::native == std::endian::little, "the lowest byte is the first");
constexpr uint64_t every_byte = 0x0101010101010101u;
constexpr uint64_t high_bits = 0x8080808080808080u;

/// The highest bit of each byte that is below `than`, which is at most 0x80. Above the lowest one
/// that is set others may be wrong.
uint64_t bytes_below(uint64_t bytes, uint64_t than) {
  return (bytes - every_byte * than) & ~bytes & high_bits;
}

/// How many bytes in a row belong to the plain part of a string, which a quote, a backslash and a
/// control character end.
size_t plain_bytes(uint64_t bytes) {
  auto ends = bytes_below(bytes, 0x20) | bytes_below(bytes ^ (every_byte * '"'), 1)
              | bytes_below(bytes ^ (every_byte * '\\'), 1);
  return static_cast<size_t>(std::countr_zero(ends)) / 8; // of none: 8
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_high_surrogate(unsigned unit) {
  return unit >= 0xD800 && unit <= 0xDBFF;
}

bool is_low_surrogate(unsigned unit) {
  return unit >= 0xDC00 && unit <= 0xDFFF;
}

char* write_utf8(char* out, unsigned code) {
  auto put = [&out](unsigned byte) { *out++ = static_cast<char>(byte); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xC0 | code >> 6);
    put(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    put(0xE0 | code >> 12);
    put(0x80 | (code >> 6 & 0x3F));
    put(0x80 | (code & 0x3F));
  } else {
    put(0xF0 | code >> 18);
    put(0x80 | (code >> 12 & 0x3F));
    put(0x80 | (code >> 6 & 0x3F));
    put(0x80 | (code & 0x3F));
  }
  return out;
}

/// One text. It ends with a NUL, as a std::string does, so that one byte beyond may be looked at.
class json_parser {
public:
  json_parser(rapidjson::Document& into, std::string& text, const bounds& limits, bool copy)
    : into_(into), limits_(limits), copy_(copy), begin_(text.data()), at_(text.data()),
      end_(text.data() + text.size()) {}

  bool run() {
    for (;;) {
      skip_space();
      if (!value())
        return false;
      if (opened_) { // its first element, or the name of its first member
        opened_ = false;
        continue;
      }
      switch (after_value()) {
        case next::value: break;
        case next::end: return true;
        case next::failure: return false;
      }
    }
  }

  [[nodiscard]] base::bad_input failure() const {
    return {where_, reason_};
  }

private:
  enum class next { value, end, failure };

  struct container {
    bool object;
    SizeType count = 0;
  };

  bool fail(const char* reason) {
    where_ = "byte " + std::to_string(at_ - begin_);
    reason_ = std::string{"not JSON: "} + reason;
    return false;
  }

  bool breach(const char* reason) {
    where_ = "body";
    reason_ = reason;
    return false;
  }

  bool counted() {
    return ++values_ <= limits_.values_max || breach("too many values");
  }

  void skip_space() {
    while (*at_ == ' ' || *at_ == '\n' || *at_ == '\r' || *at_ == '\t')
      ++at_;
  }

  /// One value, or the beginning of a list or object that is not empty.
  bool value() {
    if (!counted())
      return false;
    switch (*at_) {
      case '{': return open(true);
      case '[': return open(false);
      case '"': return string(false);
      case 't': return word("true") && into_.Bool(true);
      case 'f': return word("false") && into_.Bool(false);
      case 'n': return word("null") && into_.Null();
      default: return number();
    }
  }

  bool open(bool object) {
    if (open_.size() >= limits_.depth_max)
      return breach("nested too deep");
    ++at_;
    if (object)
      into_.StartObject();
    else
      into_.StartArray();
    skip_space();
    if (*at_ == (object ? '}' : ']')) {
      ++at_;
      return object ? into_.EndObject(0) : into_.EndArray(0);
    }
    open_.push_back({object});
    opened_ = true;
    return !object || name();
  }

  bool name() {
    if (*at_ != '"')
      return fail("the name of a member is missing");
    if (!counted() || !string(true))
      return false;
    skip_space();
    if (*at_ != ':')
      return fail("a colon is missing after the name of a member");
    ++at_;
    return true;
  }

  /// A comma, or the end of what is open, as often as it ends there.
  next after_value() {
    for (;;) {
      skip_space();
      if (open_.empty())
        return at_ == end_ ? next::end : refused("something stands after the value");
      auto& inner = open_.back();
      ++inner.count;
      if (*at_ == ',') {
        ++at_;
        skip_space();
        return !inner.object || name() ? next::value : next::failure;
      }
      if (*at_ != (inner.object ? '}' : ']'))
        return refused("a comma or the end of a list or object is missing");
      ++at_;
      if (inner.object)
        into_.EndObject(inner.count);
      else
        into_.EndArray(inner.count);
      open_.pop_back();
    }
  }

  next refused(const char* reason) {
    fail(reason);
    return next::failure;
  }

  bool word(std::string_view expected) {
    if (std::string_view{at_, static_cast<size_t>(end_ - at_)}.substr(0, expected.size())
        != expected)
      return fail("no value");
    at_ += expected.size();
    return true;
  }

  bool string(bool name) {
    auto begin = ++at_;
    auto out = begin;
    for (;;) {
      copy_plain(out);
      if (*at_ == '"')
        break;
      if (*at_ != '\\')
        return fail(at_ == end_ ? "a string has no end" : "a control character in a string");
      if (!escape(out))
        return false;
    }
    ++at_;
    auto length = static_cast<SizeType>(out - begin);
    // Its closing quote, or what stood before it, is free by now. RapidJSON wants the NUL.
    *out = '\0';
    return name ? into_.Key(begin, length, copy_) : into_.String(begin, length, copy_);
  }

  /// Up to the next character that is not plain.
  void copy_plain(char*& out) {
    auto from = at_;
    size_t plain = 8;
    for (uint64_t eight = 0; plain == 8 && end_ - at_ >= 8; at_ += plain) {
      std::memcpy(&eight, at_, 8);
      plain = plain_bytes(eight);
    }
    while (plain == 8 && static_cast<unsigned char>(*at_) >= 0x20 && *at_ != '"' && *at_ != '\\')
      ++at_;
    auto length = static_cast<size_t>(at_ - from);
    if (out != from)
      std::memmove(out, from, length);
    out += length;
  }

  bool escape(char*& out) {
    constexpr std::string_view letters = "\"\\/bfnrt";
    constexpr std::string_view meant = "\"\\/\b\f\n\r\t";
    if (at_[1] == 'u')
      return unicode_escape(out);
    auto found = at_[1] == '\0' ? std::string_view::npos : letters.find(at_[1]);
    if (found == std::string_view::npos)
      return fail("an unknown escape in a string");
    *out++ = meant[found];
    at_ += 2;
    return true;
  }

  bool unicode_escape(char*& out) {
    constexpr unsigned replacement = 0xFFFD;
    auto unit = code_unit();
    if (unit < 0)
      return fail("four hexadecimal digits are missing");
    at_ += 6;
    auto code = static_cast<unsigned>(unit);
    if (is_high_surrogate(code)) {
      auto low = at_[0] == '\\' && at_[1] == 'u' ? code_unit() : -1;
      if (low >= 0 && is_low_surrogate(static_cast<unsigned>(low))) {
        code = 0x10000 + ((code - 0xD800) << 10) + (static_cast<unsigned>(low) - 0xDC00);
        at_ += 6;
      } else {
        code = replacement;
      }
    } else if (is_low_surrogate(code)) {
      code = replacement;
    }
    out = write_utf8(out, code); // at most as long as the escape
    return true;
  }

  /// Of `\uXXXX` at the place; -1 when it is none.
  [[nodiscard]] int code_unit() const {
    unsigned unit = 0;
    if (end_ - at_ < 6)
      return -1;
    auto [end, error] = std::from_chars(at_ + 2, at_ + 6, unit, 16);
    return error == std::errc{} && end == at_ + 6 ? static_cast<int>(unit) : -1;
  }

  bool digits() {
    if (!is_digit(*at_))
      return false;
    while (is_digit(*at_))
      ++at_;
    return true;
  }

  bool number() {
    auto begin = at_;
    bool negative = *at_ == '-';
    if (negative)
      ++at_;
    if (*at_ == '0')
      ++at_;
    else if (!digits())
      return fail("no value");
    bool whole = true;
    if (*at_ == '.') {
      whole = false;
      ++at_;
      if (!digits())
        return fail("a number has no digit after its point");
    }
    if (*at_ == 'e' || *at_ == 'E') {
      whole = false;
      ++at_;
      if (*at_ == '+' || *at_ == '-')
        ++at_;
      if (!digits())
        return fail("a number has no digit in its exponent");
    }
    return whole ? whole_number(begin, negative) : real_number(begin);
  }

  bool whole_number(const char* begin, bool negative) {
    if (negative) {
      int64_t number = 0;
      if (std::from_chars(begin, at_, number).ec == std::errc{})
        return into_.Int64(number);
    } else {
      uint64_t number = 0;
      if (std::from_chars(begin, at_, number).ec == std::errc{})
        return into_.Uint64(number);
    }
    return real_number(begin);
  }

  bool real_number(const char* begin) {
    double number = 0;
    if (std::from_chars(begin, at_, number).ec == std::errc::result_out_of_range) {
      std::string_view text{begin, static_cast<size_t>(at_ - begin)};
      auto exponent = text.find_first_of("eE");
      auto small = exponent == std::string_view::npos ? text.find('.') != std::string_view::npos
                                                      : text[exponent + 1] == '-';
      number = small ? 0 : std::numeric_limits<double>::infinity();
      if (text.front() == '-')
        number = -number;
    }
    return into_.Double(number);
  }

  rapidjson::Document& into_;
  const bounds& limits_;
  bool copy_;
  const char* begin_;
  char* at_;
  const char* end_;
  std::vector<container> open_;
  bool opened_ = false;
  uint32_t values_ = 0;
  std::string where_, reason_;
};

tl::expected<void, base::bad_input> parse(rapidjson::Document& into, std::string& text,
                                          const bounds& limits, bool copy) {
  json_parser parser{into, text, limits, copy};
  bool done = false;
  auto generate = [&](rapidjson::Document&) { return done = parser.run(); };
  into.Populate(generate);
  if (!done)
    return tl::unexpected(parser.failure());
  return {};
}

base::bad_input too_large(size_t bytes_max) {
  return {"body", "larger than " + std::to_string(bytes_max) + " bytes"};
}

} // namespace

tl::expected<void, base::bad_input> parse(rapidjson::Document& into, std::string_view text,
                                          const bounds& limits) {
  if (text.size() > limits.bytes_max)
    return tl::unexpected(too_large(limits.bytes_max));
  std::string own{text};
  return parse(into, own, limits, true);
}

tl::expected<void, base::bad_input> parse_in_place(rapidjson::Document& into, std::string& text,
                                                   const bounds& limits) {
  if (text.size() > limits.bytes_max)
    return tl::unexpected(too_large(limits.bytes_max));
  return parse(into, text, limits, false);
}

} // namespace nova::json
