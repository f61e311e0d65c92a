#pragma once

#include "base/metrics.hpp"

#include <array>

namespace nova::jobs {

/// What the engine counts for `/metrics`. Made by default it counts nothing.
struct job_metrics {
  explicit job_metrics(base::metrics& all);
  job_metrics() = default;

  std::array<base::counter, 4> ended; // verdict
  base::counter refused;              // another had the job by then
  base::gauge running;                // in hand: claimed and not yet ended
  base::histogram claim_seconds;
  base::histogram job_seconds; // from the start of its handler to its answer
};

} // namespace nova::jobs
