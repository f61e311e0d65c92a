#include "jobs/job_metrics.hpp"

#include "jobs/claimed_job.hpp"

namespace nova::jobs {
namespace {

base::counter ended_as(base::metrics& all, const std::string& outcome) {
  return all.counter_of({"nova_jobs_total", "Ends of jobs.", {{"outcome", outcome}}});
}

constexpr std::string_view other = "other";

// What http_call, the claimer and the handlers say themselves (docs/messenger.md).
constexpr std::string_view classes[] = {
  "http_3xx",       "http_4xx",        "http_5xx",         "network",    "timeout", "crashed",
  "secret_missing", "address_refused", "answer_too_large", "no_handler", "sql",     other};

std::string class_shown(std::string_view error_class) {
  constexpr std::string_view http = "http_", sql = "sql_", redirect = "http_redirect";
  if (error_class == redirect)
    return "http_3xx";
  if (error_class.starts_with(http) && error_class.size() == http.size() + 3)
    return std::string{error_class.substr(0, http.size() + 1)} + "xx";
  return std::string{error_class.starts_with(sql) ? "sql" : error_class};
}

} // namespace

void job_metrics::count_failure(std::string_view error_class) const {
  auto found = failed.find(class_shown(error_class));
  if (found == failed.end())
    found = failed.find(other);
  if (found != failed.end())
    found->second.add();
}

job_metrics::job_metrics(base::metrics& all)
  : ended{ended_as(all, to_string(verdict::done)), ended_as(all, to_string(verdict::retry)),
          ended_as(all, to_string(verdict::fail)), ended_as(all, to_string(verdict::snooze))},
    refused(ended_as(all, "refused")),
    running(all.gauge_of({"nova_jobs_running", "Jobs in hand.", {}})),
    claim_seconds(all.histogram_of({"nova_job_claim_seconds", "How long a claim took.", {}})),
    job_seconds(all.histogram_of({"nova_job_seconds", "How long a handler took.", {}})) {
  for (auto one : classes)
    failed.emplace(one, all.counter_of({"nova_jobs_failed_total",
                                        "Attempts that failed.",
                                        {{"class", std::string{one}}}}));
}

} // namespace nova::jobs
