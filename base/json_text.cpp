#include "base/json_text.hpp"

#include "base/utf8.hpp"

#include <cmath>
#include <cstring>

namespace nova::base {

void append_json_string(std::string& out, std::string_view text) {
  constexpr std::string_view digits = "0123456789abcdef";
  out += '"';
  size_t copied = 0;
  for (size_t at = 0; at < text.size(); ++at) {
    auto c = static_cast<unsigned char>(text[at]);
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

std::string json_string(std::string_view text) {
  std::string out;
  out.reserve(text.size() + 2);
  auto bad = find_invalid_utf8(text);
  if (bad == text.size()) {
    append_json_string(out, text);
    return out;
  }
  std::string mended;
  size_t good = 0;
  for (; bad < text.size(); bad = find_invalid_utf8(text, good)) {
    mended.append(text, good, bad - good).append("\xEF\xBF\xBD");
    good = bad + 1;
  }
  mended.append(text, good);
  append_json_string(out, mended);
  return out;
}

// NOLINTBEGIN(readability-identifier-naming): RapidJSON calls these names
bool json_writer::String(const char* text, rapidjson::SizeType length, bool) {
  Prefix(rapidjson::kStringType);
  auto quoted = json_string({text, length});
  std::memcpy(os_->Push(quoted.size()), quoted.data(), quoted.size());
  return EndValue(true);
}

bool json_writer::String(const char* text) {
  return String(text, static_cast<rapidjson::SizeType>(std::strlen(text)));
}

bool json_writer::Key(const char* text, rapidjson::SizeType length, bool copy) {
  return String(text, length, copy);
}

bool json_writer::Key(const char* text) {
  return String(text);
}

bool json_writer::Double(double number) {
  return std::isfinite(number) ? writer::Double(number) : Null();
}
// NOLINTEND(readability-identifier-naming)

} // namespace nova::base
