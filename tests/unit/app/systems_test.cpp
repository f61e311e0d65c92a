#include "app/program.hpp"
#include "pg/operations.hpp"
#include "schema/queries.hpp"
#include "tests/support/database_fixture.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <map>
#include <sstream>

using namespace nova;

namespace {

using words = std::vector<std::string>;

struct fixture : test::empty_database_fixture {
  struct outcome {
    int code = 0;
    std::string out, err;
  };

  outcome run(const words& arguments, std::map<std::string, std::string> more = {}) {
    std::ostringstream out, err;
    more.insert({{"DATABASE_URL", url()}, {"LOG_LEVEL", "off"}});
    auto code = app::run_program(arguments, more, out, err);
    return {code, out.str(), err.str()};
  }

  bool there(const char* table) {
    const sql::statement query{"there", "select to_regclass($1) is not null"};
    return conn.exec(query, table).value<bool>();
  }
};

struct needy {
  words command;
  const char* system;
};

std::ostream& operator<<(std::ostream& out, const needy& x) {
  for (const auto& word : x.command)
    out << word << ' ';
  return out;
}

const needy of_systems[] = {
  {{"messenger", "stats"}, "messenger"},
  {{"messenger", "failed", "list"}, "messenger"},
  {{"messenger", "schedules"}, "messenger"},
  {{"maintenance", "run", "messenger_rescue"}, "messenger"},
  {{"maintenance", "run", "messenger_prune"}, "messenger"},
  {{"sync", "history"}, "integrations"},
  {{"sync", "retries"}, "integrations"},
  {{"sync", "alerts"}, "integrations"},
  {{"maintenance", "run", "close_lost_syncs"}, "integrations"},
  {{"assistant", "report", "usage"}, "assistant"},
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(systems_test, fixture)

BOOST_AUTO_TEST_CASE(without_a_choice_a_database_gets_what_mail_needs) {
  auto done = run({"migrate", "up"});

  BOOST_TEST(done.code == 0, done.err);
  BOOST_TEST(there("public.flux_email_messages"));
  BOOST_TEST(!there("public.messenger_messages"));
  BOOST_TEST(!there("public.integration_sync_history"));
  BOOST_TEST(!there("public.usage_metrics"));
  BOOST_TEST(done.out.find("not installed: messenger, integrations, assistant")
               != std::string::npos,
             done.out);
  BOOST_TEST(run({"migrate", "verify"}).code == 0);
  BOOST_TEST(run({"migrate", "status", "--json"}).out.find("pending") == std::string::npos);
}

BOOST_DATA_TEST_CASE(a_command_names_the_system_that_it_lacks_and_what_adds_it, of_systems) {
  run({"migrate", "up"});
  auto adds = std::string("nova migrate up --system ") + sample.system;

  auto lacking = run(sample.command);

  BOOST_TEST(lacking.code == 1);
  BOOST_TEST(lacking.err.find(adds) != std::string::npos, lacking.err);
  BOOST_TEST(run({"migrate", "up", "--system", sample.system}).code == 0);
  auto having = run(sample.command);
  BOOST_TEST(having.code == 0, having.err);
}

BOOST_AUTO_TEST_CASE(what_every_database_has_needs_no_other_system) {
  run({"migrate", "up"});
  for (const auto& command : std::vector<words>{{"maintenance", "run", "fill_search"},
                                                {"maintenance", "run", "prune"},
                                                {"maintenance", "run", "reread"},
                                                {"inbox", "list"},
                                                {"progress"},
                                                {"queue", "list"}}) {
    auto ended = run(command);
    BOOST_TEST(ended.code == 0, command.front() << ": " << ended.err);
  }
  auto examined = run({"doctor"});
  BOOST_TEST(examined.out.find("0 pending") != std::string::npos, examined.out);
  BOOST_TEST(examined.out.find("messenger") == std::string::npos, examined.out);
}

BOOST_AUTO_TEST_CASE(systems_are_chosen_by_option_or_setting_and_kept) {
  BOOST_TEST(run({"migrate", "up", "--system", "messenger,integrations"}).code == 0);
  BOOST_TEST(there("public.messenger_messages"));
  BOOST_TEST(there("public.integration_sync_history"));
  BOOST_TEST(run({"migrate", "up"}, {{"NOVA_SYSTEMS", "assistant,access"}}).code == 0);
  BOOST_TEST(there("public.usage_metrics"));
  BOOST_TEST(there("nova.thread_labels"));

  BOOST_TEST(run({"migrate", "down", "--yes"}).out == "undone: 1\n");
  auto again = run({"migrate", "up"});
  BOOST_TEST(again.out.find("applied access/") != std::string::npos, again.out);
  BOOST_TEST(again.out.find("not installed") == std::string::npos, again.out);
}

BOOST_AUTO_TEST_CASE(a_setting_that_nobody_applied_is_a_finding) {
  run({"migrate", "up"});
  auto examined = run({"doctor"}, {{"NOVA_SYSTEMS", "messenger"}});
  BOOST_TEST(examined.out.find("messenger is in NOVA_SYSTEMS and not installed")
               != std::string::npos,
             examined.out);
}

BOOST_AUTO_TEST_CASE(a_node_waits_for_no_migration_of_a_system_that_it_does_not_need) {
  run({"migrate", "up", "--system", "messenger"});
  auto lacks = [this](const char* system, const char* migration) {
    conn.exec(sql::forget_migration, system, migration);
    return pg::look(conn, "findings", "", 10).find("it lacks the migrations") != std::string::npos;
  };
  BOOST_TEST(!lacks("messenger", "006_messenger_schedules"));
  BOOST_TEST(run({"doctor"}).out.find("1 pending") != std::string::npos);
  BOOST_TEST(lacks("email", "010_provider_outages"));
}

BOOST_AUTO_TEST_CASE(an_unknown_name_is_told_with_what_is_accepted) {
  for (const auto& [arguments, setting] : std::vector<std::pair<words, std::string>>{
         {{"migrate", "up", "--system", "messanger"}, ""},
         {{"migrate", "up", "--system", "messenger,messanger"}, ""},
         {{"migrate", "status", "--system", "messanger"}, ""},
         {{"migrate", "verify", "--system", "messanger"}, ""},
         {{"migrate", "up"}, "messanger"},
         {{"migrate", "up"}, "messenger,,assistant"}}) {
    auto refused =
      run(arguments, setting.empty()
                       ? std::map<std::string, std::string>{}
                       : std::map<std::string, std::string>{{"NOVA_SYSTEMS", setting}});
    BOOST_TEST(refused.code == 2, refused.out);
    BOOST_TEST(refused.err.find("integrations") != std::string::npos, refused.err);
  }
  BOOST_TEST(!there("nova.schema_migrations"));
}

BOOST_AUTO_TEST_SUITE_END()
