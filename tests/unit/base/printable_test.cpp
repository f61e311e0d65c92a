#include "base/printable.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <ostream>

using namespace nova;

namespace {

std::string utf8(char32_t code) {
  auto byte = [](char32_t value) { return static_cast<char>(value); };
  if (code < 0x80)
    return {byte(code)};
  if (code < 0x800)
    return {byte(0xc0 | code >> 6U), byte(0x80 | (code & 0x3fU))};
  return {byte(0xe0 | code >> 12U), byte(0x80 | (code >> 6U & 0x3fU)), byte(0x80 | (code & 0x3fU))};
}

/// All code points below U+0100, then what turns text around or ends lines.
std::string hostile() {
  std::string made;
  for (char32_t code = 0; code < 0x100; ++code)
    made += utf8(code);
  for (char32_t code : {0x061c, 0x200e, 0x200f, 0x2028, 0x2029, 0x202a, 0x202b, 0x202c, 0x202d,
                        0x202e, 0x2066, 0x2067, 0x2068, 0x2069, 0xfeff})
    made += utf8(code);
  return made;
}

bool harmless(std::string_view text) {
  for (size_t i = 0; i < text.size(); ++i) {
    auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x20 || byte == 0x7f)
      return false;
    if (byte == 0xc2 && static_cast<unsigned char>(text[i + 1]) < 0xa0)
      return false;
  }
  for (char32_t code : {0x061c, 0x200e, 0x200f, 0x2028, 0x2029, 0x202a, 0x202b, 0x202c, 0x202d,
                        0x202e, 0x2066, 0x2067, 0x2068, 0x2069, 0xfeff})
    if (text.find(utf8(code)) != std::string_view::npos)
      return false;
  return true;
}

} // namespace

BOOST_AUTO_TEST_SUITE(printable_test)

BOOST_AUTO_TEST_CASE(ordinary_text_stays_as_it_is) {
  for (std::string text : {"", "a b", "Grüße an 山田", "👩‍🚀 €"})
    BOOST_TEST(base::printable(text) == text);
}

BOOST_AUTO_TEST_CASE(nothing_that_a_terminal_obeys_is_left) {
  BOOST_TEST(harmless(base::printable(hostile())));
  BOOST_TEST(base::printable("a\x1b[2Jb\r\nc") == "a [2Jb  c");
  BOOST_TEST(base::printable("\xc2\x9b\x33\x31m") == " 31m");
  BOOST_TEST(base::printable("invoice\xe2\x80\xaegpj.exe") == "invoice\\u202egpj.exe");
}

BOOST_AUTO_TEST_CASE(what_is_not_utf8_becomes_the_replacement_character) {
  for (std::string text : {"\x9b", "\xc0\x9b", "\xe0\x80\x9b", "\xed\xa0\x80", "\xf4\x90\x80\x80",
                           "\xf8", "\xe2\x80"}) {
    auto made = base::printable("a" + text + "b");
    BOOST_TEST(harmless(made));
    BOOST_TEST(made.starts_with("a\xef\xbf\xbd"));
    BOOST_TEST(made.ends_with("b"));
  }
}

BOOST_AUTO_TEST_CASE(json_keeps_its_meaning) {
  auto text = hostile();
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> writer{buffer};
  writer.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));

  auto made = base::printable_json(buffer.GetString());

  BOOST_TEST(harmless(made));
  rapidjson::Document parsed;
  parsed.Parse(made.data(), made.size());
  BOOST_REQUIRE(parsed.IsString());
  BOOST_TEST((std::string{parsed.GetString(), parsed.GetStringLength()} == text));
  BOOST_TEST(base::printable_json("[\n  1\n]\n") == "[\n  1\n]\n");
}

BOOST_AUTO_TEST_SUITE_END()
