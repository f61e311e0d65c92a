#include "jobs/job_metrics.hpp"

#include <boost/test/unit_test.hpp>

using namespace nova;

namespace {

/// The line of the failures of that class in the text.
std::string failures(const base::metrics& all, const std::string& of) {
  auto text = all.text();
  auto begin = text.find("nova_jobs_failed_total{class=\"" + of + "\"}");
  return begin == std::string::npos ? "none" : text.substr(begin, text.find('\n', begin) - begin);
}

} // namespace

BOOST_AUTO_TEST_SUITE(job_metrics_test)

BOOST_AUTO_TEST_CASE(failures_are_counted_by_few_classes) {
  base::metrics all;
  jobs::job_metrics counted{all};
  for (const auto* one :
       {"http_500", "http_503", "http_404", "http_redirect", "timeout", "sql_22012", "sql_NM007",
        "no_such_account", "http_", "http_50000", "", "other"})
    counted.count_failure(one);

  auto expect = [&](const std::string& of, const std::string& count) {
    BOOST_TEST(failures(all, of) == "nova_jobs_failed_total{class=\"" + of + "\"} " + count);
  };
  expect("http_5xx", "2");
  expect("http_4xx", "1");
  expect("http_3xx", "1");
  expect("timeout", "1");
  expect("sql", "2");
  expect("other", "5");
  expect("network", "0");
  BOOST_TEST(failures(all, "no_such_account") == "none");
}

BOOST_AUTO_TEST_CASE(one_that_shows_nothing_counts_nothing) {
  jobs::job_metrics{}.count_failure("timeout");
}

BOOST_AUTO_TEST_SUITE_END()
