#include "webhooks/signature_watch.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>

using namespace nova;
using namespace std::chrono_literals;

namespace {

struct fixture {
  base::wall_time now{std::chrono::sys_days{std::chrono::year{2026} / 1 / 1}};
  webhooks::signature_watch watch{[this] { return now; }};

  void forge(int times) {
    for (int i = 0; i < times; ++i) {
      watch.mismatched();
      now += 10s;
    }
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(signature_watch_test, fixture)

BOOST_AUTO_TEST_CASE(a_forgery_now_and_then_is_no_finding) {
  forge(2);
  BOOST_TEST(!watch.finding());
  watch.matched();
  forge(2);
  BOOST_TEST(!watch.finding());
}

BOOST_AUTO_TEST_CASE(when_none_of_several_matches_the_secret_is_another_one) {
  forge(4);
  auto found = watch.finding();
  BOOST_REQUIRE(found);
  BOOST_TEST((found->level == base::finding_level::critical));
  BOOST_TEST(found->text.starts_with("4 notifications in a row, the first 40 s ago,"), found->text);
  BOOST_TEST(found->next.starts_with("set NYLAS_WEBHOOK_SECRET"), found->next);
  watch.matched();
  BOOST_TEST(!watch.finding());
}

BOOST_AUTO_TEST_CASE(three_in_a_row_are_several) {
  forge(3);
  BOOST_TEST(!!watch.finding());
}

BOOST_AUTO_TEST_CASE(an_hour_after_the_last_it_is_forgotten) {
  forge(4); // the last of them 30 s after the first, 10 s ago
  now += 1h - 20s;
  BOOST_TEST(!!watch.finding());
  now += 20s;
  BOOST_TEST(!watch.finding());
}

BOOST_AUTO_TEST_SUITE_END()
