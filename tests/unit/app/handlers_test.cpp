#include "app/program.hpp"
#include "tests/support/database_fixture.hpp"
#include "tests/support/url_server.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <rapidjson/document.h>

#include <map>
#include <ostream>
#include <sstream>

using namespace nova;

namespace {

using words = std::vector<std::string>;

struct outcome {
  int code = 0;
  std::string out, err;
};

struct fixture : test::database_fixture {
  outcome run(words arguments) {
    arguments.insert(arguments.begin(), {"messenger", "handlers"});
    auto environment = variables;
    environment.insert({{"DATABASE_URL", url()}, {"LOG_LEVEL", "off"}});
    std::ostringstream out, err;
    auto code = app::run_program(arguments, environment, out, err);
    return {code, out.str(), err.str()};
  }

  rapidjson::Document json(words arguments, int code = 0) {
    arguments.emplace_back("--json");
    auto done = run(std::move(arguments));
    BOOST_TEST(done.code == code, done.err);
    rapidjson::Document parsed;
    parsed.Parse(done.out.c_str());
    BOOST_REQUIRE_MESSAGE(!parsed.HasParseError(), done.out + done.err);
    return parsed;
  }

  std::string value(const char* text) {
    const sql::statement query{text, text};
    return conn.exec(query).value<std::string>();
  }

  /// A function that is called as a role of its own. Roles are of the whole server.
  void make_till() {
    conn.run(
      "do $$ begin create role handlers_cashier; exception when duplicate_object then null; "
      "end $$; "
      "create schema till; grant usage on schema till to handlers_cashier; "
      "create table till.paid (n integer); grant insert on till.paid to handlers_cashier; "
      "create function till.pay(jsonb) returns jsonb language plpgsql as $f$ begin "
      "if $1 -> 'body' ? 'odd' then raise exception 'never' using errcode = 'NM007'; end if; "
      "insert into till.paid values (1); "
      "return jsonb_build_object('by', current_user, 'type', $1 ->> 'type'); end $f$");
  }

  std::map<std::string, std::string> variables;
};

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
  {{"set"}, 2, "--type TYPE"},
  {{"set", "--type", "a", "--queue", "q"}, 2, "--queue NAME"},
  {{"set", "--queue", "q", "--transport", "t", "--http", "https://a.example/"}, 2, "--transport"},
  {{"set", "--type", "a"}, 2, "--http URL"},
  {{"set", "--type", "a", "--http", "https://a.example/", "--sql", "f"}, 2, "--http URL"},
  {{"set", "--type", "a", "--http", "ftp://a.example/"}, 2, "http: and https:"},
  {{"set", "--type", "a", "--http", "https://me:pw@a.example/"}, 2, "secret_name"},
  {{"set", "--type", "a", "--http", "http://127.0.0.1/"}, 2, "127.0.0.1 is a loopback address"},
  {{"set", "--type", "a", "--http", "http://0x7f.1/"}, 2, "--allow-private"},
  {{"set", "--type", "a", "--http", "http://169.254.169.254/"}, 2, "link-local"},
  {{"set", "--type", "a", "--http", "http://[::1]/"}, 2, "loopback"},
  {{"set", "--type", "a", "--http", "https://a.example/", "--secret", "../x"}, 2, "--secret"},
  {{"set", "--type", "a", "--http", "https://a.example/", "--timeout", "2h"}, 2, "--timeout: '2h'"},
  {{"set", "--type", "a", "--http", "https://a.example/", "--timeout", "x"}, 2, "--timeout: 'x'"},
  {{"set", "--type", "a", "--sql", "f"}, 2, "--as ROLE"},
  {{"set", "--type", "a", "--sql", "f", "--as", "r", "--allow-private"}, 2, "are of --http"},
  {{"set", "--type", "a", "--sql", "none.such", "--as", "r"}, 1, "no function none.such(jsonb)"},
  {{"set", "--queue", "none", "--http", "https://a.example/"}, 1, "select pgmq.create('none');"},
  {{"remove", "--type", "a"}, 1, "no handler is set for type:a"},
  {{"remove"}, 2, "--type TYPE"},
  {{"test", "--type", "a"}, 1, "no handler is set for type:a"},
  {{"test", "--type", "a", "--body", "{"}, 2, "--body: byte 1"},
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(handlers_test, fixture)

BOOST_DATA_TEST_CASE(a_bad_command_says_what_is_wrong, refused) {
  auto done = run(sample.arguments);

  BOOST_TEST(done.code == sample.code);
  BOOST_TEST(done.out == "");
  BOOST_TEST(done.err.find(sample.says) != std::string::npos, done.err);
}

BOOST_AUTO_TEST_CASE(a_handler_is_set_listed_and_removed) {
  auto made = json({"set", "--type", "mail", "--transport", "far", "--http", "https://a.example/",
                    "--secret", "hook", "--timeout", "90s"});
  BOOST_TEST(made["for"].GetString() == "type:mail@far");

  auto listed = json({"list"});
  BOOST_REQUIRE(listed.Size() == 1u);
  BOOST_TEST(listed[0]["type"].GetString() == "mail");
  BOOST_TEST(listed[0]["transport"].GetString() == "far");
  BOOST_TEST(listed[0]["kind"].GetString() == "http");
  BOOST_TEST(listed[0]["timeout_ms"].GetInt() == 90'000);
  BOOST_TEST(listed[0]["config"].GetString()
             == R"({"url": "https://a.example/", "secret_name": "hook"})");

  BOOST_TEST(run({"remove", "--type", "mail"}).code == 1, "that of all transports is another");
  BOOST_TEST(json({"remove", "--type", "mail", "--transport", "far"})["removed"].GetString()
             == "type:mail@far");
  BOOST_TEST(json({"list"}).Empty());
}

BOOST_AUTO_TEST_CASE(each_act_leaves_its_line) {
  (void)run({"set", "--type", "*", "--http", "http://127.0.0.1/", "--allow-private"});
  (void)run({"set", "--queue", "none", "--http", "https://a.example/"});
  (void)run({"remove", "--type", "*"});

  BOOST_TEST(
    value("select string_agg(action || ' ' || target || ' ' || split_part(outcome, ':', 1), "
          "', ' order by id) from nova.operator_actions")
    == "set handler:type:* done, set handler:queue:none failed, remove handler:type:* done");
}

BOOST_AUTO_TEST_CASE(a_queue_needs_no_messenger) {
  conn.run("alter function messenger_prune(integer) rename to gone; select pgmq.create('q')");

  BOOST_TEST(run({"set", "--queue", "q", "--http", "https://a.example/"}).code == 0);
  auto of_type = run({"set", "--type", "a", "--http", "https://a.example/"});
  BOOST_TEST(of_type.code != 0);
  BOOST_TEST(of_type.err.find("--system messenger") != std::string::npos, of_type.err);
}

BOOST_AUTO_TEST_CASE(a_test_posts_a_made_up_job) {
  std::string asked;
  test::url_server server{[&](auto& to) {
    asked = to.request;
    (void)to.send("HTTP/1.1 422 No\r\nConnection: close\r\n\r\nodd");
  }};
  variables = {{"NOVA_SECRET_HOOK", "canary"}};
  BOOST_TEST(
    run({"set", "--type", "*", "--http", server.url("/h"), "--allow-private", "--secret", "hook"})
      .code
    == 0);

  auto said = json({"test", "--type", "mail", "--body", R"({"id": 7})"}, 1);

  BOOST_TEST(said["verdict"].GetString() == "fail");
  BOOST_TEST(said["class"].GetString() == "http_422");
  BOOST_TEST(said["text"].GetString() == "HTTP 422: odd");
  BOOST_TEST(asked.find("X-Nova-Signature: t=") != std::string::npos, asked);
  BOOST_TEST(asked.find("canary") == std::string::npos, asked);
}

BOOST_AUTO_TEST_CASE(a_test_of_a_function_has_no_effect) {
  make_till();
  conn.run("do $$ begin execute format('grant handlers_cashier to %I', current_user); end $$");
  BOOST_TEST(run({"set", "--type", "pay", "--sql", "till.pay", "--as", "handlers_cashier"}).code
             == 0);

  auto said = json({"test", "--type", "pay"});
  BOOST_TEST(said["verdict"].GetString() == "done");
  BOOST_TEST(said["text"].GetString()
             == R"(it returned {"by": "handlers_cashier", "type": "pay"})");
  BOOST_TEST(value("select count(*)::text from till.paid") == "0");

  auto never = json({"test", "--type", "pay", "--body", R"({"odd": 1})"}, 1);
  BOOST_TEST(never["verdict"].GetString() == "fail");
  BOOST_TEST(never["class"].GetString() == "sql_NM007");
}

BOOST_AUTO_TEST_CASE(what_a_role_lacks_is_said_as_the_grants_to_paste) {
  make_till();
  conn.run("do $$ begin create role handlers_node; exception when duplicate_object then null; "
           "end $$; insert into nova.worker_roles values ('handlers_node'); "
           "revoke usage on schema till from handlers_cashier; "
           "revoke handlers_cashier from handlers_node");

  auto done = run({"set", "--type", "pay", "--sql", "till.pay", "--as", "handlers_cashier"});

  BOOST_TEST(done.code == 1);
  BOOST_TEST(done.err.find("GRANT handlers_cashier TO handlers_node; GRANT USAGE ON SCHEMA till TO "
                           "handlers_cashier;")
               != std::string::npos,
             done.err);
}

BOOST_AUTO_TEST_SUITE_END()
