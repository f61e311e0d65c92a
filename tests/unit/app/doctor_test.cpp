#include "app/program.hpp"
#include "simulator/simulator.hpp"
#include "tests/support/database_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <sstream>
#include <string>
#include <vector>

// `nova doctor` and what monitoring takes of it, beside a provider and no node.
using namespace nova;

namespace {

struct outcome {
  int code = 0;
  std::string out;
};

struct fixture : test::database_fixture {
  outcome nova(const std::vector<std::string>& arguments) {
    std::ostringstream out, err;
    auto code = app::run_program(arguments,
                                 {{"DATABASE_URL", address},
                                  {"NYLAS_API_URI", provider.url()},
                                  {"NYLAS_API_KEY", key},
                                  {"NYLAS_WEBHOOK_SECRET", "s"},
                                  {"LOG_LEVEL", "off"}},
                                 out, err);
    return {code, out.str()};
  }

  simulator::simulator provider{{}};
  std::string address = url();
  std::string key = provider.api_key();
};

bool says(const outcome& ended, const std::string& text) {
  return ended.out.find(text) != std::string::npos;
}

constexpr sql::statement a_failed_endpoint{
  "a_failed_endpoint", "insert into nova.webhook_endpoints (id, url, status) values "
                       "('w1', 'https://hooks.example.com/nova', 'failed')"};
constexpr sql::statement a_refused_key{
  "a_refused_key", "insert into nova.provider_outages (scope, subject, last_error) values "
                   "('application', 'n1', 'HTTP 401')"};
constexpr sql::statement a_changed_pace{"a_changed_pace",
                                        "select nova.set_setting('pace.pause', '5', 'root')"};
constexpr sql::statement a_paused_queue{
  "a_paused_queue",
  "select nova.set_setting('paused.queue.thread_sync_jobs', 'true', 'ana', 'quota')"};

constexpr sql::statement a_migration_less{
  "a_migration_less",
  "delete from nova.schema_migrations where system = 'email' and name = '018_estimate'"};

size_t times(const outcome& ended, const std::string& text) {
  size_t count = 0;
  for (auto at = ended.out.find(text); at != std::string::npos; at = ended.out.find(text, at + 1))
    ++count;
  return count;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(doctor_test, fixture)

BOOST_AUTO_TEST_CASE(monitoring_gets_one_line_and_a_code_of_its_own) {
  auto good = nova({"doctor", "--check"});
  BOOST_TEST(good.code == 0);
  BOOST_TEST(good.out == "OK\n");
  conn.exec(a_paused_queue);
  auto warned = nova({"doctor", "--check"});
  BOOST_TEST(warned.code == 1);
  BOOST_TEST(warned.out.starts_with("WARNING: 0 critical, 1 warnings; queue:thread_sync_jobs"),
             warned.out);
  key = "another";
  auto critical = nova({"doctor", "--check"});
  BOOST_TEST(critical.code == 2);
  BOOST_TEST(critical.out.starts_with("CRITICAL: 1 critical"), critical.out);
  address = "postgresql://nobody@127.0.0.1:1/nova";
  auto unknown = nova({"doctor", "--check"});
  BOOST_TEST(unknown.code == 3);
  BOOST_TEST(unknown.out.starts_with("UNKNOWN"), unknown.out);
}

BOOST_AUTO_TEST_CASE(what_the_tables_say_has_a_line_to_paste) {
  conn.exec(a_paused_queue);
  auto found = nova({"doctor"});
  BOOST_TEST(found.code == 1);
  BOOST_TEST(says(found, "paused by ana: quota"), found.out);
  BOOST_TEST(says(found, "nova shell --role admin -c 'resume queue:thread_sync_jobs'"), found.out);
}

BOOST_AUTO_TEST_CASE(what_a_person_is_told_is_no_line_of_the_shell) {
  conn.exec(a_refused_key);
  auto found = nova({"doctor"});
  BOOST_TEST(says(found, "next: set NYLAS_API_KEY, start it again"), found.out);
  BOOST_TEST(!says(found, "-c 'set NYLAS_API_KEY"), found.out);
}

BOOST_AUTO_TEST_CASE(what_somebody_wants_so_is_no_failure) {
  conn.exec(a_changed_pace);
  auto found = nova({"doctor"});
  BOOST_TEST(found.code == 0, found.out);
  BOOST_TEST(says(found, "nova shell --role admin -c 'unset pace.pause'"), found.out);
}

BOOST_AUTO_TEST_CASE(an_endpoint_that_failed_is_critical) {
  conn.exec(a_failed_endpoint);
  auto found = nova({"doctor", "--check"});
  BOOST_TEST(found.code == 2);
  BOOST_TEST(says(found, "webhook:w1: Nylas calls this endpoint failed"), found.out);
}

BOOST_AUTO_TEST_CASE(pending_migrations_are_told_once) {
  conn.exec(a_migration_less);
  auto found = nova({"doctor"});
  BOOST_TEST(found.code == 1, found.out);
  BOOST_TEST(says(found, "it lacks the migrations email/018_estimate"), found.out);
  BOOST_TEST(times(found, "next: nova migrate up") == 1u, found.out);
}

BOOST_AUTO_TEST_CASE(the_time_zones_are_told_and_nothing_wrong) {
  auto found = nova({"doctor"});
  BOOST_TEST(found.code == 0, found.out);
  BOOST_TEST(says(found,
                  "OK time zone  Nova counts, logs and shows in UTC; sessions of others begin "
                  "in UTC, the server logs in UTC, this machine is in "),
             found.out);
}

BOOST_AUTO_TEST_SUITE_END()
