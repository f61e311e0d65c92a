#include "base/process_usage.hpp"

#include "base/metrics.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>

namespace nova::base {
namespace {

constexpr std::chrono::milliseconds interval_min{900};

std::chrono::microseconds length(const timeval& of) {
  return std::chrono::seconds{of.tv_sec} + std::chrono::microseconds{of.tv_usec};
}

/// A folder of /proc that may be gone: the process may have no right, or no more descriptors.
uint32_t entries_of(const char* folder) {
  std::error_code failed;
  std::filesystem::directory_iterator all{folder, failed};
  return failed ? 0 : static_cast<uint32_t>(std::distance(begin(all), end(all)));
}

uint64_t resident_bytes() {
  std::ifstream file{"/proc/self/statm"};
  uint64_t size = 0, resident = 0;
  file >> size >> resident;
  return file ? resident * static_cast<uint64_t>(::sysconf(_SC_PAGESIZE)) : 0;
}

} // namespace

process_usage usage_of_process() {
  process_usage made;
  rusage used{};
  if (::getrusage(RUSAGE_SELF, &used) == 0)
    made.cpu = length(used.ru_utime) + length(used.ru_stime);
  made.resident_bytes = resident_bytes();
  made.threads = entries_of("/proc/self/task");
  auto open = entries_of("/proc/self/fd");
  made.descriptors = open > 0 ? open - 1 : 0; // without that which looked
  rlimit most{};
  if (::getrlimit(RLIMIT_NOFILE, &most) == 0)
    made.descriptors_max = static_cast<uint32_t>(most.rlim_cur);
  return made;
}

std::string zone_of_machine() {
  auto now = static_cast<std::time_t>(seconds_of(wall_now()));
  std::tm local{};
  localtime_r(&now, &local);
  std::array<char, 64> text{};
  return {text.data(), std::strftime(text.data(), text.size(), "%Z %z", &local)};
}

std::function<void()> usage_metrics(metrics& all) {
  auto cpu = all.counter_of(
    {"nova_process_cpu_seconds_total", "Processor time of the node, user and system.", {}});
  auto resident = all.gauge_of({"nova_process_resident_bytes", "Memory of the node.", {}});
  auto threads = all.gauge_of({"nova_process_threads", "Threads of the node.", {}});
  auto open =
    all.gauge_of({"nova_process_open_descriptors", "Files and sockets that it has open.", {}});
  auto most =
    all.gauge_of({"nova_process_descriptors_max", "How many it may have open (ulimit -n).", {}});
  return [=, counted = std::make_shared<std::chrono::microseconds>(0)] {
    auto now = usage_of_process();
    cpu.add(std::chrono::duration<double>(now.cpu - *counted).count());
    *counted = now.cpu;
    resident.set(static_cast<double>(now.resident_bytes));
    threads.set(now.threads);
    open.set(now.descriptors);
    most.set(now.descriptors_max);
  };
}

usage_meter::usage_meter(monotonic_time now) : since_(now), used_(usage_of_process().cpu) {}

void usage_meter::tick(monotonic_time now) {
  auto lock = std::scoped_lock{mutex_};
  if (now - since_ < interval_min)
    return;
  auto used = usage_of_process().cpu;
  share_ = std::chrono::duration<double>(used - used_) / (now - since_);
  since_ = now;
  used_ = used;
}

process_usage usage_meter::look() const {
  auto made = usage_of_process();
  auto lock = std::scoped_lock{mutex_};
  made.cpu_share = share_;
  return made;
}

} // namespace nova::base
