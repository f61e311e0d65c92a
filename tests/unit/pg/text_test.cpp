#include "pg/text.hpp"

#include "pg/connection.hpp"
#include "pg/error.hpp"
#include "tests/support/database_fixture.hpp"
#include "tests/support/failures.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <ostream>

using namespace nova;
using namespace std::string_literals;
namespace data = boost::unit_test::data;

namespace {

struct text_case {
  const char* name;
  std::string in, out;
};

std::ostream& operator<<(std::ostream& out, const text_case& row) {
  return out << row.name;
}

const text_case texts[] = {
  {"empty", "", ""},
  {"plain", "plain", "plain"},
  {"NUL", "a\0b"s,
   "a\xef\xbf\xbd"
   "b"},
  {"two, three and four bytes", "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80",
   "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80"},
  {"Latin-1", "\xe4x", "\xef\xbf\xbdx"},
  {"cut character", "\xe2\x82", "\xef\xbf\xbd\xef\xbf\xbd"},
  {"overlong slash", "\xc0\xaf", "\xef\xbf\xbd\xef\xbf\xbd"},
  {"overlong of three bytes", "\xe0\x80\xaf", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
  {"surrogate", "\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
  {"above U+10FFFF", "\xf4\x90\x80\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
  {"lone continuation", "\x80", "\xef\xbf\xbd"},
};

const text_case jsons[] = {
  {"no escape", R"({"a":1})", R"({"a":1})"},
  {"NUL escape", R"(["a\u0000b"])", R"(["a\ufffdb"])"},
  {"backslash before u0000", R"(["\\u0000"])", R"(["\\u0000"])"},
  {"backslash, then NUL escape", R"(["\\\u0000"])", R"(["\\\ufffd"])"},
  {"pair", R"(["\ud83d\ude00"])", R"(["\ud83d\ude00"])"},
  {"high alone", R"(["\ud83dx"])", R"(["\ufffdx"])"},
  {"two highs", R"(["\ud83d\ud83d\ude00"])", R"(["\ufffd\ud83d\ude00"])"},
  {"low alone", R"(["\ude00"])", R"(["\ufffd"])"},
  {"other escapes", R"(["\n\"\u00e4"])", R"(["\n\"\u00e4"])"},
  {"raw malformed byte", "[\"\xe4\"]", "[\"\xef\xbf\xbd\"]"},
};

constexpr sql::statement as_text{"as_text", "select $1::text"};
constexpr sql::statement as_jsonb{"as_jsonb", "select ($1::jsonb)::text"};

std::string through_the_server(pg::connection& conn, const std::string& text) {
  return conn.exec(as_text, text).value<std::string>();
}

} // namespace

BOOST_AUTO_TEST_SUITE(text_test)

BOOST_DATA_TEST_CASE_F(test::empty_database_fixture, what_is_stored_comes_back, data::make(texts),
                       row) {
  BOOST_TEST(pg::storable_text(row.in) == row.out);
  BOOST_TEST(pg::is_storable_text(row.in) == (row.in == row.out));
  BOOST_TEST(through_the_server(conn, pg::storable_text(row.in)) == row.out);
}

BOOST_DATA_TEST_CASE_F(test::empty_database_fixture, the_server_agrees_on_what_is_not_storable,
                       data::make(texts), row) {
  if (row.in == row.out)
    BOOST_CHECK_NO_THROW(conn.exec(as_text, row.in));
  else
    BOOST_CHECK_EXCEPTION(conn.exec(as_text, row.in), pg::error,
                          test::fails_with("22021", pg::failure::refused));
}

BOOST_DATA_TEST_CASE_F(test::empty_database_fixture, jsonb_takes_what_is_made_storable,
                       data::make(jsons), row) {
  BOOST_TEST(pg::storable_json(row.in) == row.out);
  BOOST_CHECK_NO_THROW(conn.exec(as_jsonb, pg::storable_json(row.in)));
  if (row.in != row.out)
    BOOST_CHECK_THROW(conn.exec(as_jsonb, row.in), pg::error);
}

BOOST_AUTO_TEST_CASE(a_json_that_ends_in_a_backslash_stays_as_it_is) {
  BOOST_TEST(pg::storable_json("\"\\") == "\"\\");
  BOOST_TEST(pg::storable_json("\"\\u00") == "\"\\u00");
}

BOOST_AUTO_TEST_SUITE_END()
