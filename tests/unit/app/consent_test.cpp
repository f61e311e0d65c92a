#include "app/program.hpp"
#include "pg/cluster/leave_cluster.hpp"
#include "pg/cluster/register_node.hpp"
#include "pg/email/add_inbox.hpp"
#include "pg/email/remove_inbox.hpp"
#include "pg/migrator.hpp"
#include "pg/queue/queue_archive.hpp"
#include "pg/queue/queue_send.hpp"
#include "tests/support/database_fixture.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <sstream>

using namespace nova;

namespace {

using words = std::vector<std::string>;

struct outcome {
  int code = 0;
  std::string out, err;
};

struct fixture : test::database_fixture {
  /// Runs `nova` where nobody can be asked, or with what a person at a terminal answers.
  outcome run(const words& arguments, const char* answer = nullptr) {
    std::ostringstream out, err;
    std::istringstream answers{answer ? answer : ""};
    auto code = app::run_program(arguments, {{"DATABASE_URL", url()}, {"LOG_LEVEL", "off"}}, out,
                                 err, answer ? &answers : nullptr);
    return {code, out.str(), err.str()};
  }

  size_t applied() {
    return pg::migrator{conn}.newest({}, 0).size();
  }
};

struct refused {
  words arguments;
  int code;
  const char* says;
};

std::ostream& operator<<(std::ostream& out, const refused& x) {
  for (const auto& word : x.arguments)
    out << word << ' ';
  return out;
}

const refused without_consent[] = {
  {{"migrate", "down"}, 2, "access/006_change_tokens"},
  {{"migrate", "down", "--all"}, 2, "--all --yes"},
  {{"migrate", "down", "--system", "email", "--all"}, 2, "--all --yes"},
  {{"migrate", "down", "--steps", "0", "--yes"}, 2, "--steps"},
  {{"migrate", "down", "--steps", "-1", "--yes"}, 2, "--steps"},
  {{"migrate", "down", "--steps", "18446744073709551615", "--yes"}, 2, "--steps"},
  {{"migrate", "down", "--steps", "2", "--all", "--yes"}, 2, "--steps"},
  {{"migrate", "down", "--system", "emial", "--yes"}, 2, "emial"},
  {{"migrate", "up", "--system", "emial"}, 2, "emial"},
  {{"queue", "purge", "inbox_backfill_jobs"}, 2, "inbox_backfill_jobs"},
  {{"messenger", "failed", "remove", "2d6495df-1a4e-486a-8168-229c96e75428"},
   2,
   "1 failed message"},
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(consent_test, fixture)

BOOST_DATA_TEST_CASE(nothing_is_destroyed_that_was_not_agreed_to, without_consent) {
  auto all = applied();
  auto inbox = pg::add_inbox{"owner@example.com", "grant", "google"}.run(conn);
  auto queued = perform(pg::queue_send{"inbox_backfill_jobs", "{}", 0});

  auto ended = run(sample.arguments);

  BOOST_TEST(ended.code == sample.code, ended.err);
  BOOST_TEST(ended.err.find(sample.says) != std::string::npos, ended.err);
  BOOST_TEST(applied() == all);
  BOOST_TEST(perform(pg::queue_archive{"inbox_backfill_jobs", {queued}}).size() == 1u);
  BOOST_TEST(pg::remove_inbox{inbox.id}.run(conn));
}

BOOST_AUTO_TEST_CASE(down_undoes_one_step) {
  auto all = applied();
  BOOST_TEST(run({"migrate", "down", "--yes"}).out == "undone: 1\n");
  BOOST_TEST(applied() == all - 1);
  BOOST_TEST(run({"migrate", "down", "--steps", "2", "--yes"}).out == "undone: 2\n");
  BOOST_TEST(run({"migrate", "down", "--all", "--yes"}).code == 0);
  BOOST_TEST(applied() == 0u);
  BOOST_TEST(run({"migrate", "down"}).out == "undone: 0\n");
}

BOOST_AUTO_TEST_CASE(an_inbox_whose_mail_stays_is_disconnected_without_a_word) {
  auto inbox = pg::add_inbox{"owner@example.com", "grant", "google"}.run(conn);
  auto denied = run({"inbox", "remove", "owner@example.com"}, "n\n");
  BOOST_TEST(denied.err.find("Go on? [y/N]") != std::string::npos, denied.err);
  BOOST_TEST(run({"inbox", "remove", "owner@example.com"}).code == 0);
  BOOST_TEST(!pg::remove_inbox{inbox.id}.run(conn));
}

BOOST_AUTO_TEST_CASE(a_person_at_a_terminal_is_asked) {
  auto all = applied();
  auto denied = run({"migrate", "down"}, "\n");
  BOOST_TEST(denied.code == 1);
  BOOST_TEST(denied.err.find("Go on? [y/N]") != std::string::npos, denied.err);
  BOOST_TEST(applied() == all);
  BOOST_TEST(run({"migrate", "down"}, "y\n").code == 0);
  BOOST_TEST(applied() == all - 1);
  BOOST_TEST(run({"migrate", "down", "--all"}, "y\n").code == 2); // all is never one key away
}

BOOST_AUTO_TEST_CASE(nothing_is_undone_under_a_living_node) {
  auto all = applied();
  auto node = perform(pg::register_node{{.name = "busy"}, std::chrono::hours{1}});

  auto ended = run({"migrate", "down", "--yes"});
  BOOST_TEST(ended.code == 1);
  BOOST_TEST(ended.err.find("nodes are running: busy") != std::string::npos, ended.err);
  BOOST_TEST(applied() == all);

  BOOST_TEST(run({"migrate", "down", "--yes", "--force"}).code == 0);
  perform(pg::leave_cluster{node.id});
  BOOST_TEST(run({"migrate", "down", "--yes"}).code == 0);
  BOOST_TEST(applied() == all - 2);
}

BOOST_AUTO_TEST_SUITE_END()
