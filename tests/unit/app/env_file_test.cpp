#include "app/env_file.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <ostream>

using namespace nova;

namespace {

struct line {
  const char* text;
  const char* value;
};

std::ostream& operator<<(std::ostream& out, const line& x) {
  return out << x.text;
}

const line good[] = {
  {"A=1", "1"},           {"export A=1", "1"},     {"  A = 1  ", "1"},
  {"A=1 # why", "1"},     {"A=a#b", "a#b"},        {"A=", ""},
  {"A='a # b'", "a # b"}, {"A=\"a\\nb\"", "a\nb"}, {"A=\"q\\\"q\" # c", "q\"q"},
  {"A=a=b", "a=b"},       {"# c\n\nA=1\r\n", "1"}, {"A=$HOME", "$HOME"},
};

const char* const bad[] = {"A", "=1", "1A=1", "A B=1", "A='x", "A=\"x", "A='x' y", "A-B=1"};

} // namespace

BOOST_AUTO_TEST_SUITE(env_file_test)

BOOST_DATA_TEST_CASE(a_line_gives_its_value, boost::unit_test::data::make(good), row) {
  auto parsed = app::parse_env_file(row.text);
  BOOST_REQUIRE(parsed);
  BOOST_REQUIRE(parsed->size() == 1u);
  BOOST_TEST(parsed->front().first == "A");
  BOOST_TEST(parsed->front().second == row.value);
}

BOOST_DATA_TEST_CASE(a_bad_line_is_refused_with_its_number, boost::unit_test::data::make(bad),
                     text) {
  auto parsed = app::parse_env_file(std::string("GOOD=1\n") + text);
  BOOST_REQUIRE(!parsed);
  BOOST_TEST(parsed.error().where == "line 2");
}

BOOST_AUTO_TEST_CASE(a_file_that_is_no_text_or_too_large_is_refused) {
  BOOST_TEST(!app::parse_env_file(std::string("A=\0", 3)));
  BOOST_TEST(!app::parse_env_file(std::string(2'000'000, '#')));
}

BOOST_AUTO_TEST_SUITE_END()
