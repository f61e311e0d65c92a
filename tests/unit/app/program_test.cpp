#include "app/program.hpp"

#include "app/output.hpp"
#include "base/log.hpp"
#include "demo/command_demo.hpp"
#include "simulator/simulator.hpp"
#include "tests/support/database_fixture.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <fstream>
#include <ostream>
#include <sstream>

using namespace nova;

namespace {

using words = std::vector<std::string>;

struct outcome {
  int code = 0;
  std::string out, err;
};

outcome run(const words& arguments, std::map<std::string, std::string> environment) {
  std::ostringstream out, err;
  environment.emplace("LOG_LEVEL", "off");
  auto code = app::run_program(arguments, environment, out, err, nullptr, {demo::add_demo});
  return {code, out.str(), err.str()};
}

/// A command line, how it must end and what the one line of its error must say.
struct bad {
  words arguments;
  int code;
  const char* says;
};

std::ostream& operator<<(std::ostream& out, const bad& x) {
  for (const auto& word : x.arguments)
    out << word << ' ';
  return out;
}

constexpr const char* some_id = "2d6495df-1a4e-486a-8168-229c96e75428";

const bad with_database[] = {
  {{"inbox", "show", "nobody"}, 1, "no inbox has the id, grant or address 'nobody'"},
  {{"inbox", "add", "--email", "x", "--grant", "g"}, 2, "--email: 'x'"},
  {{"inbox", "add", "--email", "a@b"}, 2, "--grant is required"},
  {{"inbox", "add", "--email", "new@example.com", "--grant", "g1"},
   1,
   "g1 is the grant of owner@example.com"},
  {{"inbox", "add", "--email", "a@b", "--grant", "g", "--provider", "pigeon"}, 2, "pigeon"},
  {{"backfill", "start", "--inbox", "nobody"}, 1, "nobody"},
  {{"backfill", "start", "--inbox", "a", "--from", "2026-02-01", "--to", "2026-01-01"},
   2,
   "is not before --to"},
  {{"backfill", "start", "--inbox", "a", "--from", "2026-02-31"}, 2, "--from: '2026-02-31'"},
  {{"backfill", "start", "--inbox", "owner@example.com", "--from", "2020-01-01", "--to",
    "2020-02-01"},
   1,
   "one year"},
  {{"backfill", "start", "--inbox", "owner@example.com", "--to", "tomorrow"},
   2,
   "--to: 'tomorrow'"},
  {{"inbox", "remove", "nobody"}, 1, "no inbox has the id, grant or address 'nobody'"},
  {{"backfill", "status", "abc"}, 2, "'abc' is not a UUID"},
  {{"backfill", "status", some_id}, 1, "no backfill has the id"},
  {{"backfill", "pause", some_id}, 1, "no backfill has the id"},
  {{"backfill", "pause", "abc"}, 2, "'abc' is not a UUID"},
  {{"backfill", "resume", "abc"}, 2, "'abc' is not a UUID"},
  {{"backfill", "resume", some_id}, 1, "no backfill has the id"},
  {{"backfill", "cancel", "abc"}, 2, "'abc' is not a UUID"},
  {{"backfill", "cancel", some_id}, 1, "no backfill has the id"},
  {{"backfill", "retry", "abc"}, 2, "'abc' is not a UUID"},
  {{"backfill", "retry", some_id}, 1, "no backfill has the id"},
  {{"progress", "x"}, 2, "is not a UUID"},
  {{"progress", some_id}, 1, "no backfill has the id"},
  {{"queue", "peek", "nope"}, 1, "no queue is called 'nope'"},
  {{"queue", "send", "inbox_backfill_jobs", "{"}, 2, "not JSON"},
  {{"queue", "send", "nope", "{}"}, 1, "no queue is called 'nope'"},
  {{"queue", "purge", "inbox_backfill_jobs"}, 2, "--yes"},
  {{"queue", "purge", "nope", "--yes"}, 1, "no queue is called 'nope'"},
  {{"queue", "archive", "nope", "1"}, 1, "no queue is called 'nope'"},
  {{"queue", "archive", "inbox_backfill_jobs", "77"}, 1, "1 of them are not in the queue"},
  {{"queue", "archive", "inbox_backfill_jobs", "x"}, 2, "x"},
  {{"webhooks", "retry", "unknown"}, 1, "1 were not sent again"},
  {{"webhooks", "list", "--status", "odd"}, 2, "odd"},
  {{"threads", "retry", "x"}, 2, "is not a UUID"},
  {{"threads", "failed", "x"}, 2, "is not a UUID"},
  {{"maintenance", "run", "sweep"}, 1, "sweep"},
  {{"maintenance", "run"}, 2, "TASK is required"},
  {{"audit", "owner@example.com"}, 2, "NYLAS_API_KEY is not set"},
  {{"why"}, 2, "MESSAGE_ID, or --rfc822 ID, or --subject"},
  {{"why", "m1", "--subject", "x", "--day", "2026-01-01"}, 2, "MESSAGE_ID, or --rfc822"},
  {{"why", "m1", "--rfc822", "a@x"}, 2, "MESSAGE_ID, or --rfc822"},
  {{"why", "--rfc822", "< >"}, 2, "--rfc822 '< >': a Message-ID is accepted"},
  {{"why", "--subject", "x"}, 2, "--day"},
  {{"why", "--subject", "x", "--day", "someday"}, 2, "--day: 'someday'"},
  {{"run"}, 2, "NYLAS_API_KEY is not set"},
  {{"run", "--roles", "cook"}, 2, "'cook' is not one of"},
  {{"migrate"}, 2, "subcommand is required"},
  {{"simulator", "--faults", "/nonexistent"}, 2, "cannot be read"},
  {{"simulator", "--provider", "pigeon"}, 2, "--provider"},
  {{"demo", "--threads", "many"}, 2, "--threads"},
  {{"conjure"}, 2, "'conjure' is not a command"},
  {{"demo", "--faults", "/nonexistent"}, 2, "--faults: '/nonexistent' cannot be read"},
  {{"demo", "--strategy", "guess"}, 2, "--strategy"},
  {{}, 2, "subcommand is required"},
  {{"config", "--config", "/nonexistent"}, 2, "'/nonexistent' cannot be read"},
};

const words needing_database[] = {
  {"inbox", "list"},
  {"inbox", "show", "a"},
  {"inbox", "add", "--email", "a@b", "--grant", "g"},
  {"inbox", "remove", "a"},
  {"backfill", "start", "--inbox", "a"},
  {"backfill", "status"},
  {"backfill", "pause", some_id},
  {"backfill", "resume", some_id},
  {"backfill", "cancel", some_id},
  {"backfill", "retry", some_id},
  {"progress"},
  {"queue", "list"},
  {"queue", "metrics"},
  {"queue", "peek", "thread_sync_jobs"},
  {"queue", "send", "thread_sync_jobs", "{}"},
  {"queue", "archive", "thread_sync_jobs", "1"},
  {"queue", "purge", "thread_sync_jobs", "--yes"},
  {"webhooks", "list"},
  {"webhooks", "failed"},
  {"webhooks", "retry", "a"},
  {"threads", "failed"},
  {"threads", "retry", some_id},
  {"maintenance", "run", "fill_search"},
  {"maintenance", "run", "prune"},
  {"audit", "a"},
  {"why", "m1"},
  {"run"},
  {"migrate", "status"},
  {"migrate", "up"},
  {"migrate", "verify"},
};

/// Those of them that work on tables of ours.
const words needing_tables[] = {
  {"inbox", "list"},
  {"inbox", "show", "a"},
  {"inbox", "add", "--email", "a@b", "--grant", "g"},
  {"inbox", "remove", "a"},
  {"backfill", "start", "--inbox", "a"},
  {"backfill", "status"},
  {"backfill", "pause", some_id},
  {"backfill", "resume", some_id},
  {"backfill", "cancel", some_id},
  {"backfill", "retry", some_id},
  {"progress"},
  {"queue", "list"},
  {"queue", "metrics"},
  {"queue", "peek", "thread_sync_jobs"},
  {"queue", "send", "thread_sync_jobs", "{}"},
  {"queue", "archive", "thread_sync_jobs", "1"},
  {"queue", "purge", "thread_sync_jobs", "--yes"},
  {"webhooks", "list"},
  {"webhooks", "failed"},
  {"webhooks", "retry", "a"},
  {"threads", "failed"},
  {"threads", "retry", some_id},
  {"maintenance", "run", "fill_search"},
  {"maintenance", "run", "prune"},
  {"audit", "a"},
  {"why", "m1"},
  {"run"},
};

struct fixture : test::database_fixture {
  fixture() {
    BOOST_REQUIRE(nova({"inbox", "add", "--email", "owner@example.com", "--grant", "g1"}).code
                  == 0);
  }

  outcome nova(const words& arguments) {
    return run(arguments, {{"DATABASE_URL", url()}});
  }
};

} // namespace

namespace std {
std::ostream& operator<<(std::ostream& out, const words& x) {
  for (const auto& word : x)
    out << word << ' ';
  return out;
}
} // namespace std

BOOST_AUTO_TEST_SUITE(program_test)

BOOST_AUTO_TEST_CASE(bad_input_ends_with_one_line_that_says_what_is_wrong) {
  fixture f;
  for (const auto& row : with_database) {
    BOOST_TEST_CONTEXT(row) {
      auto ended = f.nova(row.arguments);
      BOOST_TEST(ended.code == row.code);
      BOOST_TEST(ended.err.find(row.says) != std::string::npos, ended.err);
      BOOST_TEST(std::count(ended.err.begin(), ended.err.end(), '\n') == 1);
      BOOST_TEST(ended.out.empty());
    }
  }
}

BOOST_DATA_TEST_CASE(a_database_that_is_away_ends_with_3_and_the_setting,
                     boost::unit_test::data::make(needing_database), arguments) {
  auto ended =
    run(arguments, {{"DATABASE_URL", "postgresql://127.0.0.1:1/nova"}, {"NYLAS_API_KEY", "any"}});
  BOOST_TEST(ended.code == 3);
  BOOST_TEST(ended.err.find("DATABASE_URL") != std::string::npos, ended.err);
}

BOOST_AUTO_TEST_CASE(a_missing_migration_names_the_command_to_run) {
  test::empty_database_fixture f;
  for (const auto& arguments : needing_tables) {
    BOOST_TEST_CONTEXT(arguments) {
      auto ended = run(arguments, {{"DATABASE_URL", f.url()}, {"NYLAS_API_KEY", "any"}});
      BOOST_TEST(ended.code == 1);
      BOOST_TEST(ended.err.find("nova migrate up") != std::string::npos, ended.err);
      BOOST_TEST(std::count(ended.err.begin(), ended.err.end(), '\n') == 1);
    }
  }
}

BOOST_AUTO_TEST_CASE(an_audit_with_a_wrong_key_explains_the_401) {
  fixture f;
  simulator::simulator provider{{}};
  auto ended =
    run({"audit", "owner@example.com"},
        {{"DATABASE_URL", f.url()}, {"NYLAS_API_URI", provider.url()}, {"NYLAS_API_KEY", "wrong"}});
  BOOST_TEST(ended.code == 1);
  BOOST_TEST(ended.err.find("HTTP 401") != std::string::npos, ended.err);
  BOOST_TEST(ended.err.find("NYLAS_API_KEY is wrong") != std::string::npos, ended.err);
}

BOOST_DATA_TEST_CASE(a_setting_of_the_wrong_type_ends_every_command,
                     boost::unit_test::data::make(needing_database), arguments) {
  auto ended = run(arguments, {{"BATCH_SIZE", "many"}, {"NYLAS_API_KEY", "any"}});
  BOOST_TEST(ended.code == 2);
  BOOST_TEST(ended.err.find("BATCH_SIZE") != std::string::npos, ended.err);
  BOOST_TEST(ended.err.find("many") != std::string::npos, ended.err);
}

BOOST_DATA_TEST_CASE(an_unknown_setting_in_a_file_ends_every_command,
                     boost::unit_test::data::make(needing_database), arguments) {
  test::temporary_folder folder;
  auto file = folder.path() + "/nova.env";
  std::ofstream{file} << "BATCH_SIZ=3\n";
  auto with_file = arguments;
  with_file.insert(with_file.end(), {"--config", file});
  auto ended = run(with_file, {{"NYLAS_API_KEY", "any"}});
  BOOST_TEST(ended.code == 2);
  BOOST_TEST(ended.err.find("BATCH_SIZ: is not a setting") != std::string::npos, ended.err);
  BOOST_TEST(ended.err.find("the nearest is BATCH_SIZE") != std::string::npos, ended.err);
  BOOST_TEST(std::count(ended.err.begin(), ended.err.end(), '\n') == 1);
}

BOOST_AUTO_TEST_CASE(a_node_whose_port_is_in_use_ends_with_its_address) {
  fixture f;
  simulator::simulator other{{}};
  auto address = "127.0.0.1:" + std::to_string(other.port());
  for (const auto* setting : {"NOVA_HTTP", "NOVA_LISTEN"}) {
    BOOST_TEST_CONTEXT(setting) {
      std::map<std::string, std::string> environment{{"DATABASE_URL", f.url()},
                                                     {"NYLAS_API_KEY", "any"},
                                                     {"NYLAS_WEBHOOK_SECRET", "any"},
                                                     {"NOVA_HTTP", "off"},
                                                     {"NOVA_INSPECT", "off"}};
      environment[setting] = address;
      auto ended = run({"run", "--name", "taken"}, environment);
      BOOST_TEST(ended.code == 2);
      BOOST_TEST(ended.err.find(address) != std::string::npos, ended.err);
      BOOST_TEST(ended.err.find("in use") != std::string::npos, ended.err);
      BOOST_TEST(std::count(ended.err.begin(), ended.err.end(), '\n') == 1);
    }
  }
}

BOOST_AUTO_TEST_CASE(why_tells_what_is_stored_known_or_neither) {
  fixture f;
  auto none = f.nova({"why", "m1", "--json"});
  BOOST_TEST(none.code == 7);
  BOOST_TEST(none.out.find(R"("step":"unknown")") != std::string::npos, none.out);
  BOOST_TEST(f.nova({"why", "m1", "--inbox", "nobody"}).out.find("there is no such inbox")
             != std::string::npos);
  f.conn.run(
    "insert into flux_email_messages (inbox_id, nylas_message_id, nylas_thread_id, lo, hi, "
    "subject, message_date, origin) select id, 'm1', 't1', 1, 2, 'Invoice', '2026-01-31', "
    "'webhook' from flux_inboxes;"
    "select nova.lock_threads(array[id], '{t1}'), nova.recompute_threads(array[id], "
    "'{t1}') from flux_inboxes");

  auto stored = f.nova({"why", "m1"});
  BOOST_TEST(stored.code == 0);
  BOOST_TEST(stored.out.find("stored, webhook") != std::string::npos, stored.out);
  auto by_subject = f.nova({"why", "--subject", "invoice", "--day", "2026-01-31", "--json"});
  BOOST_TEST(by_subject.code == 0);
  BOOST_TEST(by_subject.out.find(R"("message":"m1")") != std::string::npos, by_subject.out);
  auto other_day =
    f.nova({"why", "--subject", "invoice", "--day", "2026-01-30", "--inbox", "owner@example.com"});
  BOOST_TEST(other_day.code == 7);
  BOOST_TEST(other_day.out.find("no backfill") != std::string::npos, other_day.out);
  f.conn.run("update flux_email_messages set deleted_at = clock_timestamp()");
  auto gone = f.nova({"why", "m1"});
  BOOST_TEST(gone.code == 1);
  BOOST_TEST(gone.out.find("404 twice") != std::string::npos, gone.out);
}

BOOST_AUTO_TEST_CASE(why_finds_a_mail_by_its_message_id_under_every_id_that_it_had) {
  fixture f;
  f.conn.run(
    "insert into flux_email_messages (inbox_id, nylas_message_id, lo, hi, rfc822_message_id, "
    "deleted_at) select id, unnest(array['m1', 'm2']), 1, 2, 'a1@x', unnest(array[now(), null]) "
    "from flux_inboxes;"
    "insert into nova.message_former_ids (inbox_id, former_id, message_id) select id, 'm1', 'm2' "
    "from flux_inboxes");

  auto found = f.nova({"why", "--rfc822", "<a1@x>"});
  BOOST_TEST(found.code == 0);
  BOOST_TEST(found.out.find("it is m2 now") != std::string::npos, found.out);
  BOOST_TEST(found.out.find("it was m1") != std::string::npos, found.out);
  BOOST_TEST(f.nova({"why", "--rfc822", "a1@x", "--inbox", "nobody"}).code == 7);
  f.conn.run("update flux_email_messages set deleted_at = now()");
  BOOST_TEST(f.nova({"why", "--rfc822", "a1@x"}).code == 1);
}

BOOST_AUTO_TEST_CASE(an_audit_of_an_unknown_inbox_or_a_wrong_day_says_so) {
  fixture f;
  auto audit = [&](const words& more) {
    auto arguments = words{"audit"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run(arguments, {{"DATABASE_URL", f.url()}, {"NYLAS_API_KEY", "any"}});
  };
  BOOST_TEST(audit({"nobody"}).err.find("no inbox has the id, grant or address 'nobody'")
             != std::string::npos);
  auto wrong = audit({"owner@example.com", "--from", "someday"});
  BOOST_TEST(wrong.code == 2);
  BOOST_TEST(wrong.err.find("--from: 'someday'") != std::string::npos, wrong.err);
}

BOOST_AUTO_TEST_CASE(the_last_day_of_a_backfill_is_in_it) {
  fixture f;
  auto today = app::utc(time(nullptr)).substr(0, 10);
  auto started = f.nova({"backfill", "start", "--inbox", "owner@example.com", "--from", today,
                         "--to", today, "--json"});
  BOOST_TEST(started.code == 0, started.err);
  auto tomorrow = app::utc(app::parse_time("", today) + 86'400);
  BOOST_TEST(started.out.find("\"to\":\"" + tomorrow + "\"") != std::string::npos, started.out);
}

BOOST_AUTO_TEST_CASE(an_end_with_a_time_of_day_is_taken_as_it_is) {
  BOOST_TEST(app::utc(app::parse_end("--to", "2026-06-30")) == "2026-07-01T00:00:00Z");
  BOOST_TEST(app::utc(app::parse_end("--to", "2026-06-30T12:00:00Z")) == "2026-06-30T12:00:00Z");
}

BOOST_AUTO_TEST_CASE(a_queue_message_is_archived_by_its_id) {
  fixture f;
  BOOST_REQUIRE(f.nova({"queue", "send", "thread_sync_jobs", "{}"}).code == 0);
  auto moved = f.nova({"queue", "archive", "thread_sync_jobs", "1", "--json"});
  BOOST_TEST(moved.out == "[{\"queue\":\"thread_sync_jobs\",\"id\":1}]\n");
  BOOST_TEST(f.nova({"queue", "list", "--json"}).out.find("\"thread_sync_jobs\",\"length\":0")
             != std::string::npos);
}

BOOST_AUTO_TEST_CASE(maintenance_says_what_it_did) {
  fixture f;
  BOOST_TEST(f.nova({"maintenance", "run", "fill_search", "--json"}).out
             == "{\"task\":\"fill_search\",\"rows\":0}\n");
  BOOST_TEST(f.nova({"maintenance", "run", "prune", "--json"}).out
             == "{\"task\":\"prune\",\"failures\":0,\"nodes\":0,\"contents\":0,\"syncs\":0}\n");
}

BOOST_AUTO_TEST_CASE(a_wrong_key_is_explained) {
  fixture f;
  simulator::simulator provider{{}};
  auto ended =
    run({"doctor", "--json"},
        {{"DATABASE_URL", f.url()}, {"NYLAS_API_URI", provider.url()}, {"NYLAS_API_KEY", "wrong"}});
  BOOST_TEST(ended.code == 1);
  BOOST_TEST(ended.out.find("belongs to another region") != std::string::npos, ended.out);
}

BOOST_AUTO_TEST_CASE(a_pause_of_the_older_service_is_a_finding) {
  auto ended = run({"doctor", "--json"}, {{"DATABASE_URL", "postgresql://127.0.0.1:1/nova"},
                                          {"THREAD_DELAY_MS", "3000"},
                                          {"API_DELAY_MS", "0"}});
  BOOST_TEST(ended.out.find("a pause of 3000 ms: at most 1200 threads an hour")
               != std::string::npos,
             ended.out);
  BOOST_TEST(ended.out.find("API_DELAY_MS") == std::string::npos, ended.out);
}

BOOST_AUTO_TEST_CASE(a_port_in_use_is_told_with_its_address) {
  simulator::simulator first{{}};
  auto ended = run({"simulator", "--port", std::to_string(first.port())}, {});
  BOOST_TEST(ended.code == 1);
  BOOST_TEST(ended.err.find(std::to_string(first.port())) != std::string::npos, ended.err);
}

BOOST_AUTO_TEST_CASE(a_migrated_database_can_be_undone_and_migrated_again) {
  test::empty_database_fixture f;
  std::map<std::string, std::string> environment{{"DATABASE_URL", f.url()}};
  BOOST_TEST(run({"migrate", "up"}, environment).code == 0);
  BOOST_TEST(run({"migrate", "verify"}, environment).code == 0);
  BOOST_TEST(run({"migrate", "down", "--all", "--yes"}, environment).code == 0);
  BOOST_TEST(run({"migrate", "up", "--json"}, environment).code == 0);
  BOOST_TEST(run({"migrate", "up"}, environment).out.find("up to date") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(secrets_are_masked_in_config) {
  auto ended = run({"config", "--json"}, {{"NYLAS_API_KEY", "topsecret"}});
  BOOST_TEST(ended.code == 0);
  BOOST_TEST(ended.out.find("topsecret") == std::string::npos);
  BOOST_TEST(ended.out.find("********") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(completion_of_a_shell_has_two_names) {
  auto ended = run({"shell-completion", "bash"}, {});
  BOOST_TEST(ended.code == 0);
  BOOST_TEST(ended.out.find("backfill) words='") != std::string::npos, ended.out);
  BOOST_TEST(run({"completion", "bash"}, {}).out == ended.out);
}

BOOST_AUTO_TEST_SUITE_END()
