#pragma once

#include "base/metrics.hpp"

#include <array>
#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace nova::jobs {

/// What the engine counts for `/metrics`. Made by default it counts nothing.
struct job_metrics {
  explicit job_metrics(base::metrics& all);
  job_metrics() = default;

  /// Counts an attempt that failed, by a class of few values: those of http by their hundreds, of
  /// SQL together, and what a function of the program says as `other`.
  void count_failure(std::string_view error_class) const;

  std::array<base::counter, 4> ended; // verdict
  base::counter refused;              // another had the job by then
  base::gauge running;                // in hand: claimed and not yet ended
  base::histogram claim_seconds;
  std::map<std::string, base::counter, std::less<>> failed; // by class
  base::histogram job_seconds; // from the start of its handler to its answer
};

} // namespace nova::jobs
