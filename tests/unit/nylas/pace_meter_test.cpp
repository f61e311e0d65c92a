#include "nylas/pace_meter.hpp"

#include <boost/test/unit_test.hpp>

using namespace nova;
using namespace std::chrono_literals;
using nylas::pace_limit;

namespace {

struct fixture {
  nylas::pace_meter meter;
  nylas::pace_meter::time_point now{std::chrono::hours{1000}};

  void passes(pace_limit what, std::chrono::milliseconds time) {
    meter.is(what, now);
    now += time;
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(pace_meter_test, fixture)

BOOST_AUTO_TEST_CASE(what_took_most_of_the_time_binds) {
  passes(pace_limit::places, 2s);
  passes(pace_limit::units, 3s);
  passes(pace_limit::places, 500ms);
  meter.called(20);
  meter.called(24);
  auto measured = meter.report(now);
  BOOST_REQUIRE(measured);
  BOOST_TEST(to_string(measured->binds) == "units");
  BOOST_TEST(measured->calls_a_second == 2 / 5.5);
  BOOST_TEST(measured->units_a_second == 44 / 5.5);
}

BOOST_AUTO_TEST_CASE(it_reports_no_sooner_than_after_five_seconds_and_begins_anew) {
  passes(pace_limit::units, 4s);
  meter.called(1);
  BOOST_TEST(!meter.report(now));
  passes(pace_limit::units, 1s);
  BOOST_TEST(meter.report(now).has_value());
  passes(pace_limit::window, 6s);
  meter.called(1);
  BOOST_TEST(to_string(meter.report(now)->binds) == "window");
}

BOOST_AUTO_TEST_CASE(time_between_two_calls_belongs_to_the_pace) {
  passes(pace_limit::units, 6s);
  meter.called(100);
  BOOST_TEST(meter.report(now).has_value());
  passes(pace_limit::units, 10s);
  passes(pace_limit::units, 30s);
  meter.called(4000);
  BOOST_TEST(meter.report(now)->units_a_second == 100);
}

BOOST_AUTO_TEST_CASE(idle_time_before_the_first_call_binds_nothing) {
  passes(pace_limit::database, 3h);
  passes(pace_limit::units, 6s);
  meter.called(1);
  BOOST_TEST(to_string(meter.report(now)->binds) == "units");
}

BOOST_AUTO_TEST_CASE(without_a_call_there_is_nothing_to_say) {
  passes(pace_limit::database, 60s);
  BOOST_TEST(!meter.report(now));
}

BOOST_AUTO_TEST_SUITE_END()
