#include "base/process_usage.hpp"

#include "base/metrics.hpp"

#include <boost/test/unit_test.hpp>
#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

using namespace nova;
using namespace std::chrono_literals;

namespace {

void burn(std::chrono::milliseconds cpu) {
  for (auto end = base::usage_of_process().cpu + cpu; base::usage_of_process().cpu < end;) {
  }
}

double value_of(const base::metrics& all, const std::string& name) {
  auto text = '\n' + all.text();
  auto at = text.find('\n' + name + ' ');
  BOOST_REQUIRE(at != std::string::npos);
  return std::stod(text.substr(at + name.size() + 2));
}

} // namespace

BOOST_AUTO_TEST_SUITE(process_usage_test)

BOOST_AUTO_TEST_CASE(threads_memory_and_descriptors_are_those_of_this_process) {
  auto before = base::usage_of_process();
  std::vector<char> memory(size_t{32} << 20, 'x');
  std::vector<int> files;
  for (int i = 0; i < 5; ++i)
    files.push_back(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  std::atomic<bool> over{false};
  std::thread other{[&] { over.wait(false); }};

  auto now = base::usage_of_process();
  over = true;
  over.notify_all();
  other.join();
  for (int file : files)
    ::close(file);

  BOOST_TEST(now.threads == before.threads + 1);
  BOOST_TEST(now.descriptors == before.descriptors + 5);
  BOOST_TEST(now.descriptors_max >= now.descriptors);
  BOOST_TEST(now.resident_bytes >= before.resident_bytes + (size_t{30} << 20));
  BOOST_TEST(memory.back() == 'x');
}

BOOST_AUTO_TEST_CASE(the_share_is_of_the_last_interval) {
  base::monotonic_time now{};
  base::usage_meter meter{now};
  burn(100ms);
  BOOST_TEST(meter.look().cpu_share == 0.0); // no interval is over
  meter.tick(now += 500ms);
  BOOST_TEST(meter.look().cpu_share == 0.0);
  meter.tick(now += 500ms);
  BOOST_TEST(meter.look().cpu_share >= 0.1);
  BOOST_TEST(meter.look().cpu_share < 0.5);
  meter.tick(now += 1000s);
  BOOST_TEST(meter.look().cpu_share < 0.01);
}

BOOST_AUTO_TEST_CASE(metrics_have_the_same_figures) {
  base::metrics all;
  all.before_text(base::usage_metrics(all));
  auto first = value_of(all, "nova_process_cpu_seconds_total");
  burn(50ms);
  BOOST_TEST(value_of(all, "nova_process_cpu_seconds_total") >= first + 0.05);
  auto used = base::usage_of_process();
  BOOST_TEST(value_of(all, "nova_process_cpu_seconds_total")
               == std::chrono::duration<double>(used.cpu).count(),
             boost::test_tools::tolerance(0.2));
  BOOST_TEST(value_of(all, "nova_process_threads") == used.threads);
  BOOST_TEST(value_of(all, "nova_process_open_descriptors") == used.descriptors);
  BOOST_TEST(value_of(all, "nova_process_resident_bytes") > 1e6);
  BOOST_TEST(value_of(all, "nova_process_descriptors_max") == used.descriptors_max);
}

BOOST_AUTO_TEST_CASE(the_zone_of_the_machine_has_its_distance_from_utc) {
  auto zone = base::zone_of_machine();
  BOOST_REQUIRE(zone.size() > 6u);
  auto sign = zone[zone.size() - 5];
  BOOST_TEST((sign == '+' || sign == '-'), zone);
}

BOOST_AUTO_TEST_SUITE_END()
