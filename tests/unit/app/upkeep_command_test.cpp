#include "app/program.hpp"
#include "pg/jobs/claim_upkeep_now.hpp"
#include "tests/support/database_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

// nova maintenance list, run, history, pause and resume, as a user runs them.
using namespace nova;

namespace {

using words = std::vector<std::string>;

struct outcome {
  int code = 0;
  std::string out, err;

  [[nodiscard]] bool says(const std::string& text) const {
    return code == 0 && out.find(text) != std::string::npos;
  }
};

struct fixture : test::database_fixture {
  outcome run(words arguments, std::map<std::string, std::string> more = {}) {
    arguments.insert(arguments.begin(), "maintenance");
    std::ostringstream out, err;
    more.insert({{"DATABASE_URL", url()}, {"LOG_LEVEL", "off"}});
    auto code = app::run_program(arguments, more, out, err);
    return {code, out.str(), err.str()};
  }

  std::string as(const std::string& role) const {
    auto found = url();
    return found.replace(found.find("postgres@"), 8, role);
  }

  std::string text(const char* sql) {
    auto name = names.try_emplace(sql, "test " + std::to_string(names.size())).first;
    auto answer = conn.exec(sql::statement{name->second.c_str(), sql});
    return std::get<0>(answer.one<std::optional<std::string>>()).value_or("");
  }

  std::string audited() {
    return text("select string_agg(action || ' ' || target || ' ' || outcome, '; ' order by id) "
                "from nova.operator_actions");
  }

  std::map<std::string, std::string> names; // under which statements are prepared
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(upkeep_command_test, fixture)

BOOST_AUTO_TEST_CASE(tasks_are_listed_with_when_and_why) {
  conn.run("update nova.upkeep_tasks set last_outcome = 'skipped', last_error = 'needs the owner: "
           "NOVA_MAINTENANCE_URL is not set' where name = 'vacuum_messages';"
           "drop function public.messenger_prune(integer)");
  auto json = run({"list", "--json"});
  BOOST_TEST(json.says(R"({"task":"fill_search","kind":"built_in","target":"",)"
                       R"("schedule":"every 00:00:01","state":"due")"),
             json.out);
  BOOST_TEST(json.says(R"("task":"messenger_prune","kind":"built_in","target":"",)"
                       R"("schedule":"every 00:10:00","state":"skipped","next_run_at":"")"),
             json.out);
  auto table = run({"list"});
  BOOST_TEST(table.says("the system messenger is not installed"), table.out);
  BOOST_TEST(table.says("needs the owner: NOVA_MAINTENANCE_URL is not set"), table.out);
  BOOST_TEST(table.says("30 3 * * 0"), table.out);
}

BOOST_AUTO_TEST_CASE(a_task_is_run_by_hand_and_is_in_the_history) {
  auto first = run({"run", "refresh_monthly_usage_summary", "--json"});
  BOOST_TEST(first.says(R"("outcome":"done")"), first.out + first.err);
  auto again = run({"run", "refresh_monthly_usage_summary"});
  BOOST_TEST(again.says("nothing has changed since the last refresh"), again.out);
  BOOST_TEST(run({"run", "sizes"}).says("schema_migrations") == false);
  BOOST_TEST(run({"run", "sizes"}).says("flux_email_messages"));

  auto history = run({"history", "refresh_monthly_usage_summary", "--json"});
  BOOST_TEST(history.says(R"("outcome":"skipped")"), history.out);
  BOOST_TEST(history.says(R"("worker":"command of )"), history.out);
  BOOST_TEST(!history.says("sizes"), history.out);
  BOOST_TEST(run({"history", "--limit", "1"}).says("sizes"));
  BOOST_TEST(!run({"history", "--failed"}).says("sizes"));
  BOOST_TEST(audited().starts_with("run task:refresh_monthly_usage_summary begun; run "
                                   "task:refresh_monthly_usage_summary done: 0 rows;"),
             audited());
}

BOOST_AUTO_TEST_CASE(who_owns_the_tables_vacuums_and_who_does_not_says_with_what) {
  conn.run("select nova.make_worker('nova_unit_command')");
  BOOST_TEST(run({"run", "vacuum_messages"}).says("done"));
  std::map<std::string, std::string> worker{{"DATABASE_URL", as("nova_unit_command")}};
  auto skipped = run({"run", "vacuum_messages"}, worker);
  BOOST_TEST(skipped.says("needs the owner: NOVA_MAINTENANCE_URL is not set"),
             skipped.out + skipped.err);
  worker["NOVA_MAINTENANCE_URL"] = url();
  BOOST_TEST(run({"run", "vacuum_messages"}, worker).says("done"));
  worker["NOVA_MAINTENANCE_URL"] = as("nova_unit_command");
  auto failed = run({"run", "vacuum_messages"}, worker);
  BOOST_TEST(failed.code == 1);
  BOOST_TEST(failed.err.find("which does not own the table messages") != std::string::npos,
             failed.err);
  BOOST_TEST(run({"history", "--failed"}).says("not_owner"));
  conn.run("drop owned by nova_unit_command");
}

BOOST_AUTO_TEST_CASE(usage_goes_where_the_setting_says) {
  conn.run("insert into tenants (id, name, slug) values ('t', 't', 't');"
           "insert into users (id, tenant_id, email) values ('u', 't', 'u@example.com');"
           "insert into usage_metrics (tenant_id, user_id, date) values ('t', 'u', '2020-01-01')");
  BOOST_TEST(run({"run", "export_usage_metrics"}).says("NOVA_EXPORT_DIR is not set"));
  test::temporary_folder folder;
  auto done = run({"run", "export_usage_metrics"}, {{"NOVA_EXPORT_DIR", folder.path()}});
  BOOST_TEST(done.says("usage_metrics-2020-01.ndjson"), done.out + done.err);
  BOOST_TEST(std::filesystem::exists(folder.path() + "/usage_metrics-2020-01.ndjson.sha256"));
  auto failed = run({"run", "export_usage_metrics"}, {{"NOVA_EXPORT_DIR", "/no/such/folder"}});
  BOOST_TEST(failed.err.find("NOVA_EXPORT_DIR=/no/such/folder is no folder") != std::string::npos,
             failed.err);
}

BOOST_AUTO_TEST_CASE(a_task_is_paused_and_resumed) {
  auto paused = run({"pause", "archive_conversations", "--json"});
  BOOST_TEST(paused.says(R"("task":"archive_conversations","kind":"archive",)"
                         R"("target":"conversations","schedule":"0 4 1 * *","state":"paused")"),
             paused.out + paused.err);
  BOOST_TEST(run({"run", "archive_conversations"}).says("done")); // by hand all the same
  BOOST_TEST(run({"resume", "archive_conversations"}).code == 0);
  BOOST_TEST(text("select enabled::text from nova.upkeep_tasks where name = "
                  "'archive_conversations'")
             == "true");
  BOOST_TEST(audited().starts_with("pause task:archive_conversations done;"), audited());
  BOOST_TEST(audited().ends_with("resume task:archive_conversations done"), audited());
}

BOOST_AUTO_TEST_CASE(a_node_is_asked_for_a_task) {
  auto asked = run({"run", "sizes", "--by-node"});
  BOOST_TEST(asked.says("due"), asked.out + asked.err);
  BOOST_TEST(text("select (next_run_at <= now())::text from nova.upkeep_tasks where name = 'sizes'")
             == "true");
  BOOST_TEST(text("select count(*)::text from nova.upkeep_runs") == "0");
  BOOST_TEST(audited() == "ask for task:sizes done");
  BOOST_TEST(run({"run", "sises", "--by-node"}).code == 1);
}

BOOST_AUTO_TEST_CASE(what_cannot_be_is_told) {
  for (const auto& arguments :
       std::vector<words>{{"run", "sises"}, {"pause", "sises"}, {"history", "sises"}}) {
    auto refused = run(arguments);
    BOOST_TEST(refused.code == 1);
    BOOST_TEST(refused.err.find("there is no task of upkeep 'sises': `nova maintenance list` has "
                                "them")
                 != std::string::npos,
               refused.err);
  }
  perform(pg::claim_upkeep_now{"sizes", "node-7"});
  auto held = run({"run", "sizes"});
  BOOST_TEST(held.code == 1);
  BOOST_TEST(held.err.find("the task sizes is being run by node-7 since ") != std::string::npos,
             held.err);
  conn.run("drop function increment_usage_metrics(uuid, uuid, date, integer, integer, numeric)");
  auto lacking = run({"run", "archive_conversations"});
  BOOST_TEST(lacking.code == 1);
  BOOST_TEST(lacking.err.find("nova migrate up --system assistant") != std::string::npos,
             lacking.err);
}

BOOST_AUTO_TEST_SUITE_END()
