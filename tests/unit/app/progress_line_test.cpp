#include "app/progress_line.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>

using namespace nova::app;
namespace data = boost::unit_test::data;

namespace {

const std::vector<std::string> words = {"1234 of 5678 threads", "1000 threads/s", "für Ängström",
                                        "discovering"};

size_t columns(const std::string& text) {
  return static_cast<size_t>(
    std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

} // namespace

BOOST_AUTO_TEST_SUITE(progress_line_test)

BOOST_DATA_TEST_CASE(it_never_reaches_the_last_column,
                     data::make(std::vector<size_t>{20, 39, 40, 41, 60, 79, 80, 81, 100, 200}),
                     width) {
  for (double share : {0.0, 0.31, 1.0})
    BOOST_TEST(columns(progress_line(share, words, width)) < width);
}

BOOST_AUTO_TEST_CASE(a_wide_terminal_shows_all_words_and_the_longest_bar) {
  auto line = progress_line(0.5, words, 200);
  for (const auto& word : words)
    BOOST_TEST(has(line, word));
  BOOST_TEST(has(line, "███████████████░░░░░░░░░░░░░░░   50 %"));
}

BOOST_AUTO_TEST_CASE(a_narrow_one_leaves_the_last_words_out) {
  auto line = progress_line(0.5, words, 60);
  BOOST_TEST(has(line, words[0]));
  BOOST_TEST(has(line, words[1]));
  BOOST_TEST(!has(line, words[3]));
}

BOOST_AUTO_TEST_CASE(the_bar_is_full_at_the_end_and_not_before) {
  BOOST_TEST(!has(progress_line(1.0, {}, 80), "░"));
  BOOST_TEST(has(progress_line(0.999, {}, 80), "░"));
  BOOST_TEST(!has(progress_line(0.0, {}, 80), "█"));
}

BOOST_AUTO_TEST_CASE(a_share_beyond_its_bounds_draws_no_more_than_the_bar) {
  BOOST_TEST(progress_line(7.0, {}, 80) == progress_line(1.0, {}, 80));
  BOOST_TEST(progress_line(-1.0, {}, 80) == progress_line(0.0, {}, 80));
}

BOOST_AUTO_TEST_SUITE_END()
