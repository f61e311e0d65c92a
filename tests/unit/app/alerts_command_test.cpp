#include "app/program.hpp"
#include "tests/support/database_fixture.hpp"
#include "tests/support/url_server.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <rapidjson/document.h>

#include <map>
#include <ostream>
#include <sstream>
#include <string>
#include <vector>

using namespace nova;

namespace {

using words = std::vector<std::string>;

struct outcome {
  int code = 0;
  std::string out, err;
};

struct fixture : test::database_fixture {
  outcome run(words arguments) {
    arguments.insert(arguments.begin(), "alerts");
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
  {{"channels", "add", "a"}, 2, "to whom?"},
  {{"channels", "add", "a", "--email", "ann@example.com", "--webhook", "https://a.example/"},
   2,
   "to whom?"},
  {{"channels", "add", "a", "--email", "ann"}, 2, "--email: 'ann' is no address of email"},
  {{"channels", "add", "a", "--email", "ann@example.com", "--kinds", "nodelost"},
   2,
   "--kinds: 'nodelost' is none of backfill_done,"},
  {{"channels", "add", "a", "--email", "ann@example.com", "--window", "soon"},
   2,
   "--window: 'soon'"},
  {{"channels", "add", "a", "--email", "ann@example.com", "--format", "slack"},
   2,
   "--secret and --format are of webhooks"},
  {{"channels", "add", "a", "--webhook", "ftp://a.example/"}, 2, "--webhook: "},
  {{"channels", "add", "a", "--webhook", "https://me:pw@a.example/"}, 2, "--webhook: "},
  {{"channels", "add", "a", "--webhook", "http://127.0.0.1/"}, 2, "loopback address"},
  {{"channels", "add", "a", "--webhook", "https://hooks.slack.com/services/T/B/x"},
   2,
   "put it into a secret"},
  {{"channels", "add", "a", "--format", "pagerduty"}, 2, "the routing key"},
  {{"channels", "add", "a", "--url-secret", "../x"}, 2, "--url-secret: the name of a secret"},
  {{"channels", "add", "Not A Name", "--email", "ann@example.com"}, 1, "alert_channels_name"},
  {{"channels", "set", "none", "--window", "1m"}, 1, "no alert channel is called 'none'"},
  {{"channels", "pause", "none"}, 1, "no alert channel is called 'none'"},
  {{"channels", "resume", "none"}, 1, "no alert channel is called 'none'"},
  {{"channels", "remove", "none"}, 1, "no alert channel is called 'none'"},
  {{"history", "--state", "odd"}, 2, "odd"},
  {{"test"}, 1, "no alert channel is set"},
  {{"test", "none"}, 1, "no alert channel is called 'none'"},
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(alerts_command_test, fixture)

BOOST_DATA_TEST_CASE(what_cannot_be_is_refused_and_named, boost::unit_test::data::make(refused),
                     one) {
  auto done = run(one.arguments);

  BOOST_TEST(done.code == one.code);
  BOOST_TEST(done.err.find(one.says) != std::string::npos, done.err);
  BOOST_TEST(done.err.find("services/T") == std::string::npos, done.err);
}

BOOST_AUTO_TEST_CASE(a_channel_is_set_changed_paused_and_removed) {
  BOOST_TEST(run({"channels", "add", "ops", "--email", "ann@example.com,bob@example.com"}).code
             == 0);
  BOOST_TEST(run({"channels", "add", "ops", "--email", "ann@example.com"}).code == 1);
  BOOST_TEST(run({"channels", "set", "ops", "--kinds", "node_lost", "--window", "5m"}).code == 0);
  auto listed = json({"channels", "list"});
  BOOST_REQUIRE_EQUAL(listed.Size(), 1u);
  BOOST_TEST(listed[0]["to"].GetString() == std::string{"ann@example.com,bob@example.com"});
  BOOST_TEST(listed[0]["kinds"].GetString() == std::string{"node_lost"});
  BOOST_TEST(listed[0]["window_s"].GetDouble() == 300);
  BOOST_TEST(listed[0]["state"].GetString() == std::string{"on"});
  BOOST_TEST(run({"channels", "set", "ops", "--webhook", "https://a.example/"}).code == 2);
  BOOST_TEST(run({"channels", "pause", "ops"}).code == 0);
  BOOST_TEST(json({"channels", "list"})[0]["state"].GetString() == std::string{"paused"});
  BOOST_TEST(run({"channels", "resume", "ops"}).code == 0);
  BOOST_TEST(run({"channels", "remove", "ops"}).code == 0);
  BOOST_TEST(json({"channels", "list"}).Size() == 0u);
  const sql::statement acts{"acts", "select string_agg(action || ' ' || target || ' ' || outcome, "
                                    "', ' order by id) from nova.operator_actions where outcome = "
                                    "'done'"};
  BOOST_TEST(
    conn.exec(acts).value<std::string>()
    == "add alerts:ops done, set alerts:ops done, pause alerts:ops done, resume alerts:ops "
       "done, remove alerts:ops done");
}

BOOST_AUTO_TEST_CASE(the_rest_of_a_url_is_not_shown) {
  BOOST_TEST(run({"channels", "add", "hook", "--webhook", "https://a.example/canary?x=canary"}).code
             == 0);

  auto done = run({"channels", "list", "--json"});

  BOOST_TEST(done.out.find("https://a.example/***") != std::string::npos, done.out);
  BOOST_TEST(done.out.find("canary") == std::string::npos, done.out);
}

BOOST_AUTO_TEST_CASE(what_is_open_is_listed_and_what_was_with_all) {
  conn.run("select nova.raise_alert('disk', 'a', 'critical', 'full'), "
           "nova.tell_event('backfill_done', 'b', 'info', 'done')");

  auto open = json({"list"});

  BOOST_REQUIRE_EQUAL(open.Size(), 1u);
  BOOST_TEST(open[0]["title"].GetString() == std::string{"full"});
  BOOST_TEST(open[0]["state"].GetString() == std::string{"open"});
  BOOST_TEST(json({"list", "--all"}).Size() == 2u);
  BOOST_TEST(json({"list", "--all", "--kind", "backfill_done"}).Size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_test_says_how_it_went) {
  test::url_server server{[](test::url_server::talker& one) {
    BOOST_TEST(one.send("HTTP/1.1 403 Forbidden\r\nContent-Length: 6\r\n\r\ncanary"));
  }};
  BOOST_TEST(run({"channels", "add", "hook", "--webhook", server.url(), "--allow-private"}).code
             == 0);
  BOOST_TEST(run({"channels", "add", "ops", "--email", "ann@example.com"}).code == 0);

  auto tried = json({"test"}, 1);

  BOOST_REQUIRE_EQUAL(tried.Size(), 2u);
  BOOST_TEST(tried[0]["channel"].GetString() == std::string{"hook"});
  BOOST_TEST(tried[0]["outcome"].GetString() == std::string{"refused"});
  BOOST_TEST(tried[0]["text"].GetString() == std::string{"HTTP 403"});
  BOOST_TEST(tried[1]["outcome"].GetString() == std::string{"stopped"});
  BOOST_TEST(tried[1]["text"].GetString() == std::string{"NOVA_SMTP_URL is not set on this node"});
}

BOOST_AUTO_TEST_CASE(a_wrong_server_of_mail_is_named_without_its_password) {
  variables["NOVA_SMTP_URL"] = "http://me:canary@mail.example.com";
  auto wrong = run({"test", "--to", "ann@example.com"});
  BOOST_TEST(wrong.code == 2);
  BOOST_TEST(wrong.err.find("NOVA_SMTP_URL: it begins with neither") != std::string::npos,
             wrong.err);
  BOOST_TEST(wrong.err.find("canary") == std::string::npos, wrong.err);

  variables["NOVA_SMTP_URL"] = "smtp://me:canary@mail.example.com";
  auto nobody = run({"test", "--to", "ann@example.com"});
  BOOST_TEST(nobody.code == 2);
  BOOST_TEST(nobody.err.find("NOVA_ALERT_FROM is needed") != std::string::npos, nobody.err);
}

BOOST_AUTO_TEST_SUITE_END()
