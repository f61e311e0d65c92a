#include "base/metrics.hpp"

#include <boost/test/unit_test.hpp>

#include <stdexcept>

using namespace nova;
using namespace std::chrono_literals;

namespace {

struct fixture {
  bool shows(const std::string& line) {
    return metrics.text().find(line + '\n') != std::string::npos;
  }

  base::metrics metrics;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(metrics_test, fixture)

BOOST_AUTO_TEST_CASE(the_same_name_and_labels_are_one_counter) {
  metrics.counter_of({"nova_x_total", "X.", {{"result", "good"}}}).add();
  metrics.counter_of({"nova_x_total", "X.", {{"result", "good"}}}).add(2);
  metrics.counter_of({"nova_x_total", "X.", {{"result", "bad"}}}).add();
  BOOST_TEST(shows("# TYPE nova_x_total counter"));
  BOOST_TEST(shows(R"(nova_x_total{result="good"} 3)"));
  BOOST_TEST(shows(R"(nova_x_total{result="bad"} 1)"));
}

BOOST_AUTO_TEST_CASE(a_gauge_goes_up_and_down) {
  auto gauge = metrics.gauge_of({"nova_y", "Y.", {}});
  gauge.set(5);
  gauge.add(-2);
  BOOST_TEST(shows("nova_y 3"));
}

BOOST_AUTO_TEST_CASE(a_duration_is_observed_in_seconds) {
  metrics.histogram_of({"nova_z_seconds", "Z.", {}}).observe(1500ms);
  BOOST_TEST(shows(R"(nova_z_seconds_bucket{le="1"} 0)"));
  BOOST_TEST(shows(R"(nova_z_seconds_bucket{le="2.5"} 1)"));
  BOOST_TEST(shows("nova_z_seconds_sum 1.5"));
}

BOOST_AUTO_TEST_CASE(a_name_is_of_one_kind) {
  metrics.gauge_of({"nova_y", "Y.", {}});
  BOOST_CHECK_THROW(metrics.counter_of({"nova_y", "Y.", {}}), std::invalid_argument);
}

BOOST_AUTO_TEST_CASE(what_is_looked_up_is_fresh_whenever_the_text_is_asked_for) {
  auto size = metrics.gauge_of({"nova_size", "Size.", {}});
  int now = 1;
  metrics.before_text([&] { size.set(now); });
  BOOST_TEST(shows("nova_size 1"));
  now = 2;
  BOOST_TEST(shows("nova_size 2"));
}

BOOST_AUTO_TEST_CASE(one_made_without_a_registry_counts_nothing) {
  base::counter{}.add();
  base::gauge{}.set(1);
  base::histogram{}.observe(1s);
  BOOST_TEST(metrics.text().empty());
}

BOOST_AUTO_TEST_SUITE_END()
