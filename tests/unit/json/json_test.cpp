#include "base/json_text.hpp"
#include "base/log.hpp"
#include "json/json_reader.hpp"
#include "shell/row_query.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cmath>

using namespace nova;
namespace data = boost::unit_test::data;

namespace {

rapidjson::Document read(const std::string& text) {
  rapidjson::Document read;
  auto parsed = json::parse(read, text);
  BOOST_REQUIRE_MESSAGE(parsed, text << ": " << (parsed ? "" : to_string(parsed.error())));
  return read;
}

std::string refusal(const std::string& text) {
  rapidjson::Document none;
  auto parsed = json::parse(none, text);
  return parsed ? "read" : to_string(parsed.error());
}

std::string printed(const rapidjson::Value& value) {
  rapidjson::StringBuffer buffer;
  base::json_writer writer{buffer};
  value.Accept(writer);
  return buffer.GetString();
}

std::string text_of(const rapidjson::Value& value) {
  return {value.GetString(), value.GetStringLength()};
}

/// Every way in which a text from outside is printed as JSON.
const std::vector<std::pair<std::string, std::string (*)(const std::string&)>> printers{
  {"json_writer",
   [](const std::string& text) {
     rapidjson::Value value(text.data(), static_cast<rapidjson::SizeType>(text.size()));
     return printed(value);
   }},
  {"json_string", [](const std::string& text) { return base::json_string(text); }},
  {"append_json_string",
   [](const std::string& text) {
     std::string out;
     base::append_json_string(out, text);
     return out;
   }},
  {"log line", [](const std::string& text) {
     auto line = base::render_json("Test", base::log_level::info, text, {});
     return line.substr(0, line.size() - 1).substr(line.find("\"message\":") + 10);
   }}};

} // namespace

BOOST_AUTO_TEST_SUITE(json_test)

BOOST_DATA_TEST_CASE(every_byte_at_every_place_is_read_as_it_was_printed,
                     data::xrange(printers.size()), which) {
  for (int byte = 0; byte < 0x80; ++byte)
    for (size_t before = 0; before < 32; ++before)
      for (size_t after : {0, 1, 7, 16}) {
        std::string text(before, 'a');
        text.append(1, static_cast<char>(byte)).append(after, 'z');
        auto json = printers[which].second(text);
        bool raw = std::any_of(json.begin(), json.end(),
                               [](char c) { return static_cast<unsigned char>(c) < 0x20; });
        if (raw || text_of(read(json)) != text)
          BOOST_ERROR(printers[which].first << ": byte " << byte << " after " << before);
      }
}

BOOST_AUTO_TEST_CASE(bytes_that_are_no_utf8_are_printed_as_such_that_are) {
  for (int byte = 0x80; byte < 0x100; ++byte)
    BOOST_TEST(text_of(read(base::json_string("a" + std::string(1, static_cast<char>(byte)))))
               == "a\xEF\xBF\xBD");
  BOOST_TEST(base::json_string("gr\xC3\xBC\xC3\x9F") == "\"gr\xC3\xBC\xC3\x9F\"");
}

BOOST_AUTO_TEST_CASE(a_line_of_the_log_is_cut_between_characters) {
  std::string umlauts;
  for (int i = 0; i < 600; ++i)
    umlauts += "\xC3\xBC";
  auto line = base::render_json("Test", base::log_level::info, "x", {{"id", "x" + umlauts}});
  BOOST_TEST(line.find("\xEF\xBF\xBD") == std::string::npos);
  BOOST_TEST(text_of(read(line)["id"]).size() == 999u);
}

const std::vector<std::pair<std::string, std::string>> round_trips{
  {" {\"a\" : [1, -2 , 3.5,true,false,null , \"x\"],\"b\":{} , \"c\":[]}\n",
   R"({"a":[1,-2,3.5,true,false,null,"x"],"b":{},"c":[]})"},
  {"0", "0"},
  {"-0", "0"},
  {"18446744073709551615", "18446744073709551615"},
  {"-9223372036854775808", "-9223372036854775808"},
  {"1e5", "100000.0"},
  {"1.5E-3", "0.0015"},
  {"[[[]],{}]", "[[[]],{}]"},
  {R"("\"\\\/\b\f\n\r\t\u0041\u00e9\u20ac\ud83d\ude00")",
   "\"\\\"\\\\/\\u0008\\u000c\\n\\r\\tA\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\""},
  {R"("\ud83d \ude00 \ud83dx \ud83d\ud83d\ude00")",
   "\"\xEF\xBF\xBD \xEF\xBF\xBD \xEF\xBF\xBDx \xEF\xBF\xBD\xF0\x9F\x98\x80\""},
  {R"({"":{"":""}})", R"({"":{"":""}})"},
};

BOOST_DATA_TEST_CASE(what_is_read_is_printed_again, data::xrange(round_trips.size()), which) {
  BOOST_TEST(printed(read(round_trips[which].first)) == round_trips[which].second);
}

BOOST_AUTO_TEST_CASE(a_whole_number_beyond_64_bits_is_the_nearest_double) {
  BOOST_TEST(read("18446744073709551616").GetDouble() == 18446744073709551616.0);
  BOOST_TEST(read("-9223372036854775809").GetDouble() == -9223372036854775808.0);
}

// CVE-2024-38517 and its kin: each of these ended the process, or refused a whole page.
BOOST_DATA_TEST_CASE(a_number_beyond_a_double_is_infinite_or_nothing,
                     data::make({"1e309", "1e2147483647", "1e2147483648", "1e99999999999999999999",
                                 "123456789012345678901234567890e300"}),
                     text) {
  BOOST_TEST(std::isinf(read(text).GetDouble()));
  BOOST_TEST(std::isinf(read(std::string{"-"} + text).GetDouble()));
  BOOST_TEST(printed(read(text)) == "null");
}

BOOST_DATA_TEST_CASE(a_number_below_a_double_is_zero,
                     data::make({"0.00000000000000001e-2147483639", "1e-2147483648", "1e-400",
                                 "0e-99999999999", "0.0e2147483648",
                                 "1.7976931348623157e-99999999999999999999"}),
                     text) {
  BOOST_TEST(read(text).GetDouble() == 0.0);
}

BOOST_DATA_TEST_CASE(what_is_no_json_is_refused,
                     data::make({"",         " ",        "nul",         "tru",        "[",
                                 "{",        "[1",       "[1,",         "[1,]",       "[,]",
                                 "{\"a\"",   "{\"a\":",  "{\"a\":1",    "{\"a\":1,}", "{a:1}",
                                 "{1:1}",    "[1}",      "{\"a\":1]",   "\"",         "\"a",
                                 "\"\\",     "\"\\u12",  "\"\\u12g4\"", "\"\\x\"",    "01",
                                 "-",        "+1",       "1.",          ".5",         "1e",
                                 "1e+",      "1 2",      "[1] x",       "NaN",        "Infinity",
                                 "\"a\nb\"", "\"\x1B\"", "'a'"}),
                     text) {
  BOOST_TEST(refusal(text).find("not JSON") != std::string::npos, refusal(text));
}

BOOST_AUTO_TEST_CASE(a_control_character_in_a_string_is_refused_at_every_place) {
  for (char control = 1; control < 0x20; ++control)
    for (size_t before = 0; before < 32; ++before)
      BOOST_TEST(refusal('"' + std::string(before, 'a') + control + "zzzzzzzzzzzzzzzz\"")
                 != "read");
}

BOOST_AUTO_TEST_CASE(a_nul_ends_nothing) {
  BOOST_TEST(refusal(std::string("{}\0{}", 5))
             == "byte 2: not JSON: something stands after the value");
  BOOST_TEST(refusal(std::string("\"a\0b\"", 5)).find("control character") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(nesting_has_a_bound_and_costs_no_stack) {
  rapidjson::Document none;
  auto deep = json::parse(none, std::string(20'000'000, '['));
  BOOST_REQUIRE(!deep);
  BOOST_TEST(deep.error().reason == "nested too deep");
  BOOST_TEST(refusal(std::string(64, '[') + std::string(64, ']')) == "read");
  BOOST_TEST(refusal(std::string(65, '[') + std::string(65, ']')) == "body: nested too deep");
}

BOOST_AUTO_TEST_CASE(values_and_bytes_have_a_bound) {
  rapidjson::Document none;
  BOOST_TEST(!json::parse(none, "[1,2,3]", {.values_max = 3}));
  BOOST_TEST(!!json::parse(none, "[1,2,3]", {.values_max = 4}));
  BOOST_TEST(!json::parse(none, "[1,2,3]", {.bytes_max = 6}));
}

BOOST_AUTO_TEST_CASE(in_place_and_copied_are_read_alike) {
  for (size_t length = 0; length < 40; ++length) {
    auto json =
      "[\"" + std::string(length, 'x') + "\\n\\u00e9" + std::string(length, 'y') + "\",1]";
    rapidjson::Document own;
    auto copied = read(json);
    BOOST_REQUIRE(json::parse_in_place(own, json));
    BOOST_TEST(printed(own) == printed(copied));
  }
}

BOOST_AUTO_TEST_SUITE_END()
