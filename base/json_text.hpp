#pragma once

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <string>
#include <string_view>

/// The one place where JSON strings are written. RapidJSON's own writer is not used for them: with
/// SSE2, as Debian's 1.1.0 has it, U+001A to U+001F leave it unescaped.
namespace nova::base {

/// Appends a JSON string with its quotes: every character below a blank, quotes and backslashes
/// escaped, all others as they are.
void append_json_string(std::string& out, std::string_view text);

/// As it, and each byte that is not UTF-8 is U+FFFD.
std::string json_string(std::string_view text);

/// RapidJSON's writer with strings that any reader takes, whatever they hold. A number that JSON
/// has not (infinite, none) is null. Also a handler for `rapidjson::Value::Accept`.
class json_writer : public rapidjson::Writer<rapidjson::StringBuffer> {
public:
  using writer = rapidjson::Writer<rapidjson::StringBuffer>;
  using writer::writer;

  // NOLINTBEGIN(readability-identifier-naming): RapidJSON calls these names
  bool String(const char* text, rapidjson::SizeType length, bool copy = false);
  bool String(const char* text);
  bool Key(const char* text, rapidjson::SizeType length, bool copy = false);
  bool Key(const char* text);
  bool Double(double number);
  // NOLINTEND(readability-identifier-naming)
};

} // namespace nova::base
