#include "app/program.hpp"
#include "pg/messenger/messenger_claim.hpp"
#include "pg/messenger/messenger_fail.hpp"
#include "pg/messenger/messenger_failed_list.hpp"
#include "pg/messenger/messenger_send.hpp"
#include "pg/messenger/messenger_stats.hpp"
#include "tests/support/database_fixture.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <rapidjson/document.h>

#include <chrono>
#include <fstream>
#include <iostream>
#include <ostream>
#include <sstream>

using namespace nova;

namespace {

using words = std::vector<std::string>;

constexpr const char* some_id = "2d6495df-1a4e-486a-8168-229c96e75428";

struct outcome {
  int code = 0;
  std::string out, err;

  [[nodiscard]] bool says(const std::string& text) const {
    return out.find(text) != std::string::npos;
  }
};

struct fixture : test::database_fixture {
  outcome run(words arguments) {
    arguments.insert(arguments.begin(), "messenger");
    std::ostringstream out, err;
    auto code =
      app::run_program(arguments, {{"DATABASE_URL", url()}, {"LOG_LEVEL", "off"}}, out, err);
    return {code, out.str(), err.str()};
  }

  rapidjson::Document json(words arguments) {
    arguments.emplace_back("--json");
    auto done = run(std::move(arguments));
    BOOST_TEST(done.err == "");
    rapidjson::Document parsed;
    parsed.Parse(done.out.c_str());
    BOOST_REQUIRE(!parsed.HasParseError());
    return parsed;
  }

  std::string value(const char* text) {
    const sql::statement query{text, text};
    return conn.exec(query).value<std::string>();
  }

  /// A message that failed for good; its id.
  std::string fail_one(std::string_view error_class = "net") {
    perform(pg::messenger_send{{R"({"type": "mail", "max_attempts": 1, "body": {"n": 1}})"}});
    auto taken = perform(pg::messenger_claim{.worker = "w"}).at(0);
    perform(pg::messenger_fail{
      {taken.id}, {taken.token}, {"no route"}, {std::string{error_class}}, {"retry"}});
    return perform(pg::messenger_failed_list{.error_class = std::string{error_class}}).at(0).id;
  }
};

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

const bad refused[] = {
  {{}, 2, "subcommand is required"},
  {{"failed"}, 2, "subcommand is required"},
  {{"failed", "show", "abc"}, 2, "'abc' is not a UUID"},
  {{"failed", "show", some_id}, 1, "no failed message has the id"},
  {{"failed", "show"}, 2, "ID is required"},
  {{"failed", "list", "--since", "yesterday"}, 2, "--since: 'yesterday'"},
  {{"failed", "list", "--limit", "0"}, 2, "--limit"},
  {{"failed", "retry"}, 2, "Name ids, a filter"},
  {{"failed", "retry", "abc"}, 2, "'abc' is not a UUID"},
  {{"failed", "retry", some_id}, 1, "no failed message has the id"},
  {{"failed", "retry", some_id, "--all"}, 2, "either ids or filters"},
  {{"failed", "retry", "--all", "--rate", "many"}, 2, "--rate"},
  {{"failed", "remove"}, 2, "Name ids, a filter"},
  {{"failed", "remove", some_id, "--class", "net"}, 2, "either ids or filters"},
  {{"failed", "remove", "--all"}, 2, "--yes"},
  {{"failed", "remove", "--all", "--rate", "0"}, 2, "--rate"},
  {{"failed", "remove", "abc"}, 2, "'abc' is not a UUID"},
  {{"failed", "remove", some_id}, 2, "--yes"},
  {{"failed", "remove", some_id, "--yes"}, 1, "no failed message has the id"},
  {{"schedules", "--pause", "none"}, 1, "no schedule is called 'none'"},
  {{"send", "a"}, 2, "BODY is required"},
  {{"send", "a", "hello"}, 2, "BODY is not JSON"},
  {{"send", "a", "@/nonexistent/body"}, 2, "'/nonexistent/body' cannot be read"},
  {{"send", "a", "@/dev/zero"}, 2, "larger than 1 MiB"},
  {{"send", "", "{}"}, 2, "type: is needed"},
  {{"send", "a", "{}", "--priority", "101"}, 2, "priority: is not a whole number, -100 to 100"},
  {{"send", "a", "{}", "--delay", "soon"}, 2, "--delay: 'soon'"},
  {{"send", "a", "{}", "--header", "x"}, 2, "--header: 'x'"},
  {{"send", "a", "{}", "--header", "=x"}, 2, "--header: '=x'"},
  {{"schedules", "preview", "none"}, 1, "no schedule is called 'none'"},
  {{"schedules", "run-now", "none"}, 1, "no schedule is called 'none'"},
  {{"schedules", "pause", "none"}, 1, "no schedule is called 'none'"},
  {{"schedules", "backfill", "none", "--from", "2026-01-02", "--to", "2026-01-01"}, 2, "--to"},
  {{"conjure"}, 2, "subcommand is required"},
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(messenger_test, fixture)

BOOST_DATA_TEST_CASE(a_bad_command_says_what_is_wrong, refused) {
  auto done = run(sample.arguments);

  BOOST_TEST(done.code == sample.code);
  BOOST_TEST(done.out == "");
  BOOST_TEST(done.err.find(sample.says) != std::string::npos, done.err);
}

BOOST_AUTO_TEST_CASE(stats_count_messages) {
  perform(pg::messenger_send{{R"({"type": "a"})", R"({"type": "b", "delay": "1 hour"})"}});

  auto found = json({"stats"});

  BOOST_REQUIRE(found.Size() == 1u);
  BOOST_TEST(found[0]["transport"].GetString() == "default");
  BOOST_TEST(found[0]["ready"].GetInt() == 1);
  BOOST_TEST(found[0]["delayed"].GetInt() == 1);
  BOOST_TEST(json({"stats", "--transport", "other"}).Empty());
  BOOST_TEST(run({"stats"}).says("oldest_ready_s"));
}

BOOST_AUTO_TEST_CASE(failed_messages_are_listed_and_shown) {
  auto id = fail_one();

  BOOST_TEST(json({"failed", "list", "--class", "net"})[0]["id"].GetString() == id);
  BOOST_TEST(json({"failed", "list", "--class", "other"}).Empty());
  BOOST_TEST(run({"failed", "list"}).says("no route"));
  auto shown = json({"failed", "show", id});
  BOOST_TEST(shown["body"].GetString() == R"({"n": 1})");
  BOOST_TEST(shown["attempts"].GetInt() == 1);
}

BOOST_AUTO_TEST_CASE(a_failed_message_is_retried_once_unless_forced) {
  auto id = fail_one();

  BOOST_TEST(json({"failed", "retry", id})[0]["outcome"].GetString() == "retried");
  auto again = run({"failed", "retry", id});
  BOOST_TEST(again.code == 1);
  BOOST_TEST(again.err.find("--force") != std::string::npos);
  BOOST_TEST(run({"failed", "retry", id, "--force"}).code == 0);
  BOOST_TEST(perform(pg::messenger_stats{}).at(0).ready == 2);
}

BOOST_AUTO_TEST_CASE(failed_messages_are_retried_by_filter) {
  fail_one("net");
  auto other = fail_one("disk");

  auto would = json({"failed", "retry", "--class", "disk", "--dry-run"});
  BOOST_REQUIRE(would.Size() == 1u);
  BOOST_TEST(would[0]["id"].GetString() == other);
  BOOST_TEST(json({"failed", "retry", "--class", "disk", "--to", "spare"}).Size() == 1u);

  auto left = json({"failed", "list"});
  BOOST_REQUIRE(left.Size() == 1u);
  BOOST_TEST(left[0]["class"].GetString() == "net");
  BOOST_TEST(json({"stats", "--transport", "spare"})[0]["ready"].GetInt() == 1);
}

BOOST_AUTO_TEST_CASE(five_thousand_failed_messages_go_page_by_page) {
  conn.run(
    "insert into messenger_failed_messages (message_id, type, transport, queue, priority, "
    "max_attempts, attempts, deliveries, sent_at, available_at, failed_at, error_class, "
    "error_message, "
    "fingerprint, headers, body) select n, 'mail', 'default', 'default', 0, 3, 3, 3, now(), now(), "
    "now() - interval '1 hour' + (n / 7) * interval '1 second', "
    "case when n <= 5000 then 'bulk' else 'other' end, 'x', 'x', '{}', '{}' "
    "from generate_series(1, 5010) n");

  BOOST_TEST(json({"failed", "retry", "--class", "bulk", "--dry-run"}).Size() == 5'000u);
  BOOST_TEST(value("select count(*)::text from messenger_messages") == "0");
  auto some = json({"failed", "retry", "--class", "bulk", "--dry-run", "--limit", "1001"});
  BOOST_TEST(some.Size() == 1'001u);

  BOOST_TEST(json({"failed", "retry", "--class", "bulk", "--rate", "1000"}).Size() == 5'000u);
  BOOST_TEST(value("select count(*) || ' ' || count(distinct retry_of) || ' in ' || "
                   "count(distinct xmin::text) from messenger_messages")
             == "5000 5000 in 5");
  BOOST_TEST(
    value("select (max(available_at) - min(available_at) between '4.99 s' and '60 s')::text "
          "from messenger_messages")
    == "true");
  BOOST_TEST(json({"failed", "retry", "--class", "bulk"}).Empty());
  BOOST_TEST(value("select string_agg(outcome, ', ' order by id) from nova.operator_actions "
                   "where action = 'retry'")
             == "begun, 5000 of 5000 sent again, begun, 0 of 0 sent again");

  BOOST_TEST(json({"failed", "remove", "--class", "bulk", "--dry-run"}).Size() == 5'000u);
  BOOST_TEST(json({"failed", "remove", "--class", "bulk", "--yes"})["removed"].GetInt() == 5'000);
  BOOST_TEST(value("select count(*)::text from messenger_failed_messages") == "10");
}

BOOST_AUTO_TEST_CASE(failed_messages_are_removed_so_many_a_second) {
  for (int i = 0; i < 3; ++i)
    fail_one();
  auto begun = std::chrono::steady_clock::now();

  BOOST_TEST(json({"failed", "remove", "--all", "--rate", "2", "--yes"})["removed"].GetInt() == 3);

  BOOST_TEST((std::chrono::steady_clock::now() - begun >= std::chrono::milliseconds{1'000}));
}

BOOST_AUTO_TEST_CASE(a_message_is_sent) {
  auto sent =
    json({"send", "mail", R"({"n": 12345678901234567890})", "--queue", "q", "--priority", "-7",
          "--tenant", "t", "--header", "a=b=c", "--header", "d=", "--delay", "1.5h", "--key", "k"});

  BOOST_TEST(sent["created"].GetBool());
  BOOST_TEST(
    value("select concat_ws(' ', type, body, transport, queue, priority, tenant_id, headers, "
          "idempotency_key, available_at - created_at) from messenger_messages")
    == R"(mail {"n": 12345678901234567890} default q -7 t {"a": "b=c", "d": ""} k 01:30:00)");
  auto again = json({"send", "mail", "{}", "--key", "k", "--tenant", "t"});
  BOOST_TEST(!again["created"].GetBool());
  BOOST_TEST(again["id"].GetInt64() == sent["id"].GetInt64());
  BOOST_TEST(run({"send", "mail", "{}", "--transport", "far"}).code == 0);
}

BOOST_AUTO_TEST_CASE(the_body_of_a_message_may_be_in_a_file_or_on_the_standard_input) {
  test::temporary_folder folder;
  std::ofstream{folder.path() + "/body.json"} << R"({"of": "a file"})";
  BOOST_TEST(run({"send", "a", "@" + folder.path() + "/body.json"}).code == 0);
  std::istringstream input{R"(["of", "the input"])"};
  auto* before = std::cin.rdbuf(input.rdbuf());
  BOOST_TEST(run({"send", "b", "-"}).code == 0);
  std::cin.rdbuf(before);

  BOOST_TEST(value("select string_agg(type || body, ' ' order by id) from messenger_messages")
             == R"(a{"of": "a file"} b["of", "the input"])");
}

BOOST_AUTO_TEST_CASE(maintenance_gives_back_what_a_dead_worker_held) {
  perform(pg::messenger_send{{R"({"type": "mail"})"}});
  BOOST_TEST(
    perform(pg::messenger_claim{.worker = "w", .lease = std::chrono::milliseconds{1}}).size()
    == 1u);

  std::ostringstream out, err;
  auto code = app::run_program({"maintenance", "run", "messenger_rescue", "--json"},
                               {{"DATABASE_URL", url()}, {"LOG_LEVEL", "off"}}, out, err);

  BOOST_TEST(code == 0, err.str());
  BOOST_TEST(out.str().find("\"rows\":1") != std::string::npos, out.str());
  BOOST_TEST(perform(pg::messenger_stats{}).at(0).ready == 1);
}

BOOST_AUTO_TEST_CASE(failed_messages_are_removed) {
  auto id = fail_one();

  auto done = json({"failed", "remove", id, some_id, "--yes"});

  BOOST_TEST(done["removed"].GetInt() == 1);
  BOOST_TEST(done["unknown"].GetString() == some_id);
  BOOST_TEST(json({"failed", "list", "--retried"}).Empty());
}

BOOST_AUTO_TEST_CASE(a_transport_is_paused_and_resumed) {
  BOOST_TEST(json({"transports"}).Empty());

  BOOST_TEST(json({"transports", "--pause", "default"})[0]["paused"].GetBool());
  BOOST_TEST(!json({"transports", "--resume", "default"})[0]["paused"].GetBool());
}

BOOST_AUTO_TEST_CASE(a_transport_whose_name_is_mistyped_is_not_paused) {
  conn.run("select messenger_send('x', p_transport => 'mail')");

  auto mistyped = run({"transports", "--pause", "mial"});
  BOOST_TEST(mistyped.code != 0);
  BOOST_TEST(mistyped.err.find("no transport is called 'mial'") != std::string::npos, mistyped.err);
  BOOST_TEST(run({"transports", "--pause", ""}).code != 0);
  BOOST_TEST(json({"transports"}).Empty());
  BOOST_TEST(json({"transports", "--pause", "mail"})[0]["paused"].GetBool());
}

BOOST_AUTO_TEST_CASE(a_schedule_is_paused_and_resumed) {
  conn.run("insert into messenger_schedules (name, kind, cron, type) values "
           "('nightly', 'cron', '@daily', 'report')");

  BOOST_TEST(json({"schedules"})[0]["schedule"].GetString() == "@daily");
  auto paused = json({"schedules", "--pause", "nightly"});
  BOOST_TEST(!paused[0]["enabled"].GetBool());
  BOOST_TEST(paused[0]["next_run_at"].GetString() == "");
  BOOST_TEST(json({"schedules", "--resume", "nightly"})[0]["enabled"].GetBool());
}

BOOST_AUTO_TEST_CASE(a_schedule_is_previewed_run_now_and_backfilled) {
  conn.run("insert into messenger_schedules (name, kind, cron, type) values "
           "('nightly', 'cron', '@daily', 'sweep')");
  BOOST_TEST(json({"schedules", "preview", "nightly", "-n", "3"}).Size() == 3u);
  BOOST_TEST(!json({"schedules", "pause", "nightly"})["enabled"].GetBool());
  auto sent = json({"schedules", "run-now", "nightly"})["message_id"].GetInt64();
  auto taken = perform(pg::messenger_claim{.worker = "w", .limit = 10});
  BOOST_REQUIRE(taken.size() == 1u);
  BOOST_TEST(taken[0].id == sent);
  BOOST_TEST(
    json({"schedules", "backfill", "nightly", "--from", "2026-01-01", "--to", "2026-01-03"}).Size()
    == 3u);
  BOOST_TEST(perform(pg::messenger_claim{.worker = "w", .limit = 10}).size() == 3u);
  BOOST_TEST(json({"schedules", "resume", "nightly"})["enabled"].GetBool());
}

BOOST_AUTO_TEST_CASE(a_handler_gets_limits_of_a_key_and_loses_them) {
  words set{"handlers", "set", "--type", "order", "--http", "https://example.com/hook"};
  auto with = [&](words more) {
    auto all = set;
    all.insert(all.end(), more.begin(), more.end());
    return all;
  };
  BOOST_TEST(
    run(with({"--limit-by", "/body/account", "--limit", "2", "--rate", "100", "--per", "1m"})).code
    == 0);
  constexpr sql::statement limits{
    "limits", "select concat_ws(' ', limit_key, limit_running, limit_rate, limit_per) from "
              "nova.messenger_handlers"};
  BOOST_TEST(std::get<0>(conn.exec(limits).one<std::string>()) == "/body/account 2 100 00:01:00");
  for (const auto& wrong : {words{"--limit", "2"}, words{"--limit-by", "tenant"},
                            words{"--limit-by", "body", "--limit", "2"},
                            words{"--limit-by", "tenant", "--rate", "1", "--per", "soon"}})
    BOOST_TEST(run(with(wrong)).code == 2, wrong.front());
  BOOST_TEST(run(set).code == 0);
  BOOST_TEST(std::get<0>(conn.exec(limits).one<std::string>()) == "00:00:01");
}

BOOST_AUTO_TEST_CASE(messages_are_consumed_until_a_limit) {
  conn.run(
    "do $$ begin create role clerk; exception when duplicate_object then null; end $$;"
    "create schema work; create table work.ledger (id text); grant usage on schema work to clerk;"
    "grant insert on work.ledger to clerk;"
    "create function work.book(job jsonb) returns void language sql as"
    " $$ insert into work.ledger values (job ->> 'id') $$;"
    "insert into nova.messenger_handlers (type, kind, config) values ('order', 'sql', "
    "'{\"function\": \"work.book\", \"role\": \"clerk\"}');"
    "select count(*) from generate_series(1, 9) n, lateral messenger_send('order', "
    "jsonb_build_object('n', n))");
  auto done = json({"consume", "--limit", "5"});
  BOOST_TEST(done["done"].GetInt() == 5);
  BOOST_TEST(done["ended_by"].GetString() == "limit");
  BOOST_TEST(perform(pg::messenger_claim{.worker = "w", .limit = 10}).size() == 4u);
  conn.run("select messenger_send('unknown', '{}')");
  auto failed = run({"consume", "--failure-limit", "1", "--json"});
  BOOST_TEST(failed.code == 1);
  BOOST_TEST(failed.says("failure limit"));
  auto waited = json({"consume", "other", "--time-limit", "1"});
  BOOST_TEST(waited["ended_by"].GetString() == "time limit");
}

BOOST_AUTO_TEST_SUITE_END()
