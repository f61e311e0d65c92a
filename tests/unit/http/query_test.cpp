#include "http/query_string.hpp"

#include <boost/test/unit_test.hpp>

using namespace nova;

BOOST_AUTO_TEST_SUITE(query_test)

BOOST_AUTO_TEST_CASE(the_first_parameter_of_a_name_is_decoded) {
  BOOST_TEST(http::query_parameter("/a?x=1&challenge=a%2Bb+c&challenge=2", "challenge").value()
             == "a+b c");
  BOOST_TEST(http::query_parameter("/a?%63hallenge=1", "challenge").value() == "1");
  BOOST_TEST(http::query_parameter("/a?challenge=a=b", "challenge").value() == "a=b");
}

BOOST_AUTO_TEST_CASE(an_empty_value_is_a_value) {
  BOOST_TEST(http::query_parameter("/a?challenge", "challenge").value().empty());
  BOOST_TEST(http::query_parameter("/a?challenge=", "challenge").value().empty());
}

BOOST_AUTO_TEST_CASE(what_is_not_there_or_broken_is_nothing) {
  for (auto target : {"/a", "/a?", "/challenge=1", "/a?xchallenge=1", "/a?challenge=%",
                      "/a?challenge=%4", "/a?challenge=%zz", "/a?&&&", "/a?challenge=%-1"})
    BOOST_TEST(!http::query_parameter(target, "challenge"));
}

BOOST_AUTO_TEST_CASE(only_visible_ascii_is_printable) {
  BOOST_TEST(http::is_printable("a ~"));
  for (auto text : {"", "a\n", "\x7f", "\xc3\xa4"})
    BOOST_TEST(!http::is_printable(text));
}

BOOST_AUTO_TEST_SUITE_END()
