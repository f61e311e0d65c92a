#include "shell/text_table.hpp"

#include <boost/test/unit_test.hpp>

#include <sstream>

using namespace nova;

BOOST_AUTO_TEST_SUITE(text_table_test)

BOOST_AUTO_TEST_CASE(columns_are_aligned_by_what_is_seen) {
  std::ostringstream out;
  shell::print_aligned(out, {{"name", "city"}, {"Jörg", "Köln"}, {"Al", ""}});
  BOOST_TEST(out.str() == "name  city\nJörg  Köln\nAl\n");
}

BOOST_AUTO_TEST_CASE(a_character_of_many_bytes_takes_one_place) {
  BOOST_TEST(shell::width_of("日本 €") == 4u);
  BOOST_TEST(shell::width_of("") == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
