#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace prometheus {
class Counter;
class Gauge;
class Histogram;
} // namespace prometheus

namespace nova::base {

/// Only grows. A default-made one counts nothing, for tests. Copies are the same counter. Any
/// thread.
class counter {
public:
  counter() = default;
  void add(double by = 1) const;

private:
  friend class metrics;
  explicit counter(prometheus::Counter* target) : target_(target) {}
  prometheus::Counter* target_ = nullptr;
};

/// Goes up and down. As `counter` otherwise.
class gauge {
public:
  gauge() = default;
  void set(double value) const;
  void add(double by) const;

private:
  friend class metrics;
  explicit gauge(prometheus::Gauge* target) : target_(target) {}
  prometheus::Gauge* target_ = nullptr;
};

/// How values are spread. As `counter` otherwise.
class histogram {
public:
  histogram() = default;
  void observe(double value) const;
  /// In seconds, as Prometheus wants durations.
  void observe(std::chrono::steady_clock::duration time) const;

private:
  friend class metrics;
  explicit histogram(prometheus::Histogram* target) : target_(target) {}
  prometheus::Histogram* target_ = nullptr;
};

/// What a metric is called: `nova_SYSTEM_THING_UNIT`, counters with `_total` at the end.
struct metric_name {
  std::string name;
  /// One sentence.
  std::string help;
  /// Of few values each, known when the code is written: every combination is a series that is kept
  /// for ever. Never an id.
  std::map<std::string, std::string> labels;
};

/// The counters of one process. The same name and labels give the same metric; a name that is used
/// for another kind throws `std::invalid_argument`. Outlives all that came from it. Any thread.
class metrics {
public:
  metrics();
  ~metrics();

  metrics(const metrics&) = delete;
  metrics& operator=(const metrics&) = delete;

  counter counter_of(const metric_name& which);
  gauge gauge_of(const metric_name& which);
  /// Buckets from 0.5 ms to 60 s; or the given upper bounds, rising.
  histogram histogram_of(const metric_name& which);
  histogram histogram_of(const metric_name& which, const std::vector<double>& bounds);

  /// Calls `refresh` whenever the text is asked for, before it is made: for what is cheaper to look
  /// up than to keep. One caller at a time; it must not ask for the text.
  void before_text(std::function<void()> refresh);

  /// All of them in Prometheus' text format 0.0.4.
  std::string text() const;

private:
  class implementation;
  std::unique_ptr<implementation> implementation_;
};

} // namespace nova::base
