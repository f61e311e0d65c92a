#include "base/metrics.hpp"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <mutex>
#include <sstream>
#include <utility>

namespace nova::base {

class metrics::implementation {
public:
  prometheus::Registry registry;
  std::mutex refreshing;
  std::vector<std::function<void()>> refreshers;
};

void counter::add(double by) const {
  if (target_ != nullptr)
    target_->Increment(by);
}

void gauge::set(double value) const {
  if (target_ != nullptr)
    target_->Set(value);
}

void gauge::add(double by) const {
  if (target_ != nullptr)
    target_->Increment(by);
}

void histogram::observe(double value) const {
  if (target_ != nullptr)
    target_->Observe(value);
}

void histogram::observe(std::chrono::steady_clock::duration time) const {
  observe(std::chrono::duration<double>(time).count());
}

metrics::metrics() : implementation_(std::make_unique<implementation>()) {}

metrics::~metrics() = default;

counter metrics::counter_of(const metric_name& which) {
  auto& family = prometheus::BuildCounter()
                   .Name(which.name)
                   .Help(which.help)
                   .Register(implementation_->registry);
  return counter{&family.Add(which.labels)};
}

gauge metrics::gauge_of(const metric_name& which) {
  auto& family =
    prometheus::BuildGauge().Name(which.name).Help(which.help).Register(implementation_->registry);
  return gauge{&family.Add(which.labels)};
}

histogram metrics::histogram_of(const metric_name& which) {
  return histogram_of(which, {0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1,
                              2.5, 5, 10, 30, 60});
}

histogram metrics::histogram_of(const metric_name& which, const std::vector<double>& bounds) {
  auto& family = prometheus::BuildHistogram()
                   .Name(which.name)
                   .Help(which.help)
                   .Register(implementation_->registry);
  return histogram{&family.Add(which.labels, bounds)};
}

void metrics::before_text(std::function<void()> refresh) {
  std::lock_guard lock{implementation_->refreshing};
  implementation_->refreshers.push_back(std::move(refresh));
}

std::string metrics::text() const {
  {
    std::lock_guard lock{implementation_->refreshing};
    for (const auto& refresh : implementation_->refreshers)
      refresh();
  }
  std::ostringstream out;
  prometheus::TextSerializer{}.Serialize(out, implementation_->registry.Collect());
  return std::move(out).str();
}

} // namespace nova::base
