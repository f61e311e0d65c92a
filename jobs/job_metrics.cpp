#include "jobs/job_metrics.hpp"

#include "jobs/claimed_job.hpp"

namespace nova::jobs {
namespace {

base::counter ended_as(base::metrics& all, const std::string& outcome) {
  return all.counter_of({"nova_jobs_total", "Ends of jobs.", {{"outcome", outcome}}});
}

} // namespace

job_metrics::job_metrics(base::metrics& all)
  : ended{ended_as(all, to_string(verdict::done)), ended_as(all, to_string(verdict::retry)),
          ended_as(all, to_string(verdict::fail)), ended_as(all, to_string(verdict::snooze))},
    refused(ended_as(all, "refused")),
    running(all.gauge_of({"nova_jobs_running", "Jobs in hand.", {}})),
    claim_seconds(all.histogram_of({"nova_job_claim_seconds", "How long a claim took.", {}})),
    job_seconds(all.histogram_of({"nova_job_seconds", "How long a handler took.", {}})) {}

} // namespace nova::jobs
