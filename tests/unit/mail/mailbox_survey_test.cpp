#include "mail/mailbox_survey.hpp"

#include "mail/day_range.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <functional>

using namespace nova;

namespace {

constexpr int64_t end = 1'800'000'000;

/// Answers a survey from how many messages a day a mailbox has at a moment.
struct surveyed {
  surveyed(int64_t from, survey_settings settings, const std::function<double(int64_t at)>& a_day)
    : survey(from, end, settings) {
    while (auto part = survey.next()) {
      BOOST_REQUIRE(++calls < 500);
      auto days = static_cast<double>(part->end - part->start) / day_seconds;
      auto there = static_cast<size_t>(days * a_day((part->start + part->end) / 2) + 0.5);
      listed += std::min(there, survey.page());
      survey.answered(std::min(there, survey.page()), there > survey.page());
    }
  }

  /// What the samples say of a mailbox's messages a day.
  [[nodiscard]] double a_day() const {
    double messages = 0, days = 0;
    for (const auto& sample : survey.found()) {
      messages += sample.messages;
      days += static_cast<double>(sample.end - sample.start) / day_seconds;
    }
    return messages / days;
  }

  mailbox_survey survey;
  int calls = 0;
  size_t listed = 0;
};

} // namespace

BOOST_AUTO_TEST_SUITE(mailbox_survey_test)

BOOST_AUTO_TEST_CASE(a_year_is_looked_at_in_as_many_slices_as_wanted_newest_first) {
  surveyed even{end - 365 * day_seconds, {40, 12, 1}, [](int64_t) { return 80; }};
  const auto& found = even.survey.found();
  BOOST_TEST(found.size() == 12u);
  BOOST_TEST(std::is_sorted(found.begin(), found.end(),
                            [](const auto& a, const auto& b) { return a.start > b.start; }));
  BOOST_TEST(even.a_day() == 80, boost::test_tools::tolerance(0.05));
}

BOOST_AUTO_TEST_CASE(after_the_first_slice_a_call_each_is_enough) {
  surveyed even{end - 365 * day_seconds, {40, 12, 1}, [](int64_t) { return 80; }};
  BOOST_TEST(even.calls <= 12 + 5);
}

BOOST_AUTO_TEST_CASE(an_empty_mailbox_costs_one_call_a_slice) {
  surveyed empty{end - 365 * day_seconds, {40, 12, 1}, [](int64_t) { return 0; }};
  BOOST_TEST(empty.calls == 12);
  BOOST_TEST(empty.a_day() == 0);
}

BOOST_AUTO_TEST_CASE(no_more_than_the_wanted_part_of_the_mail_is_listed) {
  surveyed even{end - 365 * day_seconds, {40, 52, 1.0 / 40}, [](int64_t) { return 80; }};
  BOOST_TEST(even.listed <= 365 * 80 / 40 + 300);
  BOOST_TEST(even.a_day() == 80, boost::test_tools::tolerance(0.05));
}

BOOST_AUTO_TEST_CASE(mail_that_stops_somewhere_is_found_to_stop) {
  auto begun = end - 100 * day_seconds;
  surveyed young{0, {40, 12, 1}, [&](int64_t at) { return at >= begun ? 60 : 0; }};
  const auto& found = young.survey.found();
  BOOST_TEST(found.front().messages > 0);
  BOOST_TEST(found.back().messages == 0);
  BOOST_TEST(found.back().start == 0);
  // Older mail is looked at more coarsely, or all mail there is would take a thousand calls.
  BOOST_TEST(young.calls < 60);
}

BOOST_AUTO_TEST_CASE(a_burst_that_fills_every_page_ends_all_the_same) {
  surveyed burst{end - 30 * day_seconds, {40, 12, 1}, [](int64_t) { return 5e6; }};
  BOOST_TEST(burst.calls <= 3 * 6);
}

BOOST_AUTO_TEST_SUITE_END()
