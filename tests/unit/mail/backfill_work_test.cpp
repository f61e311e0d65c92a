#include "mail/backfill_work.hpp"

#include "mail/day_range.hpp"

#include <boost/test/unit_test.hpp>

using namespace nova;

namespace {

constexpr int64_t end = 1'800'000'000;
constexpr int64_t week = 7 * day_seconds;

/// So many weeks, of which the newest are listed with 100 messages of 25 threads each.
backfill_work work_of(int weeks, int listed) {
  backfill_work work;
  work.start = end - weeks * week;
  work.end = end;
  for (int i = 0; i < weeks; ++i) {
    window_work one;
    one.start = work.start + i * week;
    one.end = one.start + week;
    if (i >= weeks - listed) {
      one.begun = one.messages_done = one.done = true;
      one.messages = 100;
      one.threads = one.threads_seen = 25;
      one.messages_cost = 2000;
      one.threads_cost = 1000;
    }
    work.windows.push_back(one);
  }
  return work;
}

const auto close_to = boost::test_tools::tolerance(0.01);

} // namespace

BOOST_AUTO_TEST_SUITE(backfill_work_test)

BOOST_AUTO_TEST_CASE(what_is_not_listed_is_expected_to_be_like_what_is) {
  auto left = weigh(work_of(52, 10));
  BOOST_TEST(left.messages == 5200, close_to);
  // A thread costs 40 where a message costs 20.
  BOOST_TEST(left.done == 10 * (100 + 2 * 25), close_to);
  BOOST_TEST(left.left == 42 * (100 + 2 * 25), close_to);
}

BOOST_AUTO_TEST_CASE(where_threads_are_not_listed_only_mail_is_left) {
  auto work = work_of(52, 10);
  work.threads_listed = false;
  for (auto& one : work.windows)
    one.threads = 0, one.threads_cost = 0;
  auto left = weigh(work);
  BOOST_TEST(left.done == 10 * 100, close_to);
  BOOST_TEST(left.left == 42 * 100, close_to);
}

BOOST_AUTO_TEST_CASE(when_all_is_listed_nothing_is_left) {
  auto left = weigh(work_of(52, 52));
  BOOST_TEST(left.left == 0);
  BOOST_TEST(left.usable_left == 0);
}

BOOST_AUTO_TEST_CASE(a_survey_tells_of_mail_that_is_far_from_what_is_listed) {
  auto work = work_of(52, 4);
  for (int i = 0; i < 52; ++i) // half as much in the older half
    work.survey.push_back({end - (1 + i) * week, end - i * week, i < 26 ? 100.0 : 50.0});
  auto left = weigh(work);
  BOOST_TEST(left.messages > 3700);
  BOOST_TEST(left.messages < 4100);
  BOOST_TEST(left.left_error < weigh(work_of(52, 4)).left_error);
}

BOOST_AUTO_TEST_CASE(of_a_window_that_is_listed_in_order_the_part_that_was_reached_counts) {
  auto work = work_of(10, 0);
  auto& newest = work.windows.back();
  newest.begun = true;
  newest.messages = 40;
  newest.reached = newest.end - week / 5;
  BOOST_TEST(weigh(work).messages == 10 * 200, close_to);
}

BOOST_AUTO_TEST_CASE(mail_that_came_more_densely_than_expected_is_never_negative) {
  auto work = work_of(10, 5);
  auto& next = work.windows[4];
  next.begun = true;
  next.messages = 500;
  auto left = weigh(work);
  BOOST_TEST(left.messages == 500 + 500 + 400, close_to);
}

BOOST_AUTO_TEST_CASE(a_window_that_has_more_than_was_expected_and_goes_on_has_a_rest) {
  auto work = work_of(52, 10);
  work.threads_listed = false;
  auto before = weigh(work).left;
  auto& open = work.windows[51 - 10];
  open.begun = true;
  open.messages = 120;
  auto after = weigh(work).left;
  BOOST_TEST(after > before - 100 + 5);
  BOOST_TEST(after < before);
}

BOOST_AUTO_TEST_CASE(weeks_without_mail_do_not_make_those_beside_them_as_empty) {
  auto work = work_of(52, 0);
  work.threads_listed = false;
  // Half a year of mail: lists of hours where there is some, of whole weeks where there is none.
  for (int i = 0; i < 52; ++i) {
    auto start = end - (1 + i) * week;
    if (i < 26)
      work.survey.push_back({start, start + week / 25, 8});
    else
      work.survey.push_back({start, start + week, 0});
  }
  BOOST_TEST(weigh(work).messages == 26 * 200, boost::test_tools::tolerance(0.06));
}

BOOST_AUTO_TEST_CASE(it_is_usable_when_the_mail_of_the_newest_thirty_days_is_there) {
  auto work = work_of(52, 10);
  BOOST_TEST(weigh(work).usable_left == 0);
  work.windows[51].messages_done = work.windows[51].done = false;
  work.windows[51].messages = 60;
  auto left = weigh(work);
  // A little more than the 40 that are expected: it may have more than a hundred, but has sixty.
  BOOST_TEST(left.usable_left > 40);
  BOOST_TEST(left.usable_left < 45);
  BOOST_TEST(left.usable_left < left.left);
}

BOOST_AUTO_TEST_CASE(threads_that_no_list_completed_are_left_too) {
  auto work = work_of(52, 52);
  for (auto& one : work.windows)
    one.to_sync = 5;
  work.threads_open = 100;
  auto some = weigh(work);
  work.threads_open = 50;
  auto fewer = weigh(work);
  BOOST_TEST(some.left == 2 * fewer.left, close_to);
  BOOST_TEST(fewer.done > some.done);
}

BOOST_AUTO_TEST_CASE(where_only_threads_are_listed_they_are_what_is_counted) {
  auto work = work_of(52, 13);
  for (auto& one : work.windows) {
    one.messages = one.threads_seen = 0;
    one.messages_cost = 0;
    one.to_sync = one.threads;
  }
  work.threads_open = 13 * 25;
  auto left = weigh(work);
  BOOST_TEST(left.done < left.left);
  BOOST_TEST(left.done / (left.done + left.left) < 0.25);
}

BOOST_AUTO_TEST_CASE(nothing_is_known_of_a_backfill_without_windows) {
  auto left = weigh(backfill_work{});
  BOOST_TEST(left.done == 0);
  BOOST_TEST(left.left == 0);
}

BOOST_AUTO_TEST_SUITE_END()
