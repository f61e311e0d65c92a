#include "shell/completion.hpp"

#include "tests/unit/shell/told_backend.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <sstream>

using namespace nova;

namespace {

struct fixture {
  fixture() {
    node.answers = {{"tables/nodes", R"([{"node":"n1"},{"node":"n2"}])"},
                    {"tables/progress", R"([{"config":"4f1c"}])"},
                    {"tables/queues", R"([{"queue":"thread_sync_jobs"}])"},
                    {"tables/leases", R"([{"lease":"backfill:4f1c"},{"lease":"maintenance"}])"},
                    {"tables/settings", R"([{"key":"paused.threads"}])"},
                    {"actors", R"([{"actor":"n1/mail_store","kind":"mail_store"}])"}};
  }

  std::string complete(const std::string& before, const std::string& word) {
    std::string all;
    for (const auto& each : completer.candidates(before, word))
      all += (all.empty() ? "" : " ") + each;
    return all;
  }

  test::told_backend node;
  std::ostringstream out;
  shell::session in{node, {}, out, out};
  shell::completer completer{in};
};

struct completed {
  const char* before;
  const char* word;
  const char* to;
};

std::ostream& operator<<(std::ostream& out, const completed& one) {
  return out << one.before << one.word;
}

const completed completions[] = {
  {"", "stu", "stuck"},
  {"status; ", "doc", "doctor"},
  {"ps ", "--wh", "--where"},
  {"ps ", "mail", "mail_store"},
  {"ps ", "n1", "n1 n1/mail_store"},
  {"explain ", "4", "4f1c"},
  {"progress ", "", "4f1c"},
  {"pause ", "q", "queue:thread_sync_jobs"},
  {"cancel ", "", "backfill:4f1c"},
  {"queues ", "", "thread_sync_jobs"},
  {"leases ", "m", "maintenance"},
  {"drain ", "", "n1 n2"},
  {"unset ", "paused", "paused.threads"},
  {"set ", "c", "concurrency="},
  {"help ", "lin", "links"},
  {"nodes --sort ", "le", "lease_s leases"},
  {"nodes -o ", "j", "json jsonl"},
  {"whoami ", "", ""},
};

} // namespace

BOOST_AUTO_TEST_SUITE(completion_test)

BOOST_DATA_TEST_CASE_F(fixture, a_word_is_completed_to_what_its_command_takes,
                       boost::unit_test::data::make(completions), one) {
  BOOST_TEST(complete(one.before, one.word) == one.to);
}

BOOST_FIXTURE_TEST_CASE(what_was_asked_is_good_for_a_while, fixture) {
  complete("drain ", "n");
  complete("drain ", "n1");

  BOOST_TEST(node.asked.size() == 1U);
}

BOOST_FIXTURE_TEST_CASE(a_name_that_would_end_the_command_is_left_out, fixture) {
  node.answers["tables/nodes"] = R"([{"node":"n1; kill"},{"node":"n2"}])";

  BOOST_TEST(complete("drain ", "n") == "n2");
}

BOOST_AUTO_TEST_SUITE_END()
