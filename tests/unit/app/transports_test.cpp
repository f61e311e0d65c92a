#include "app/program.hpp"
#include "tests/support/database_fixture.hpp"
#include "tests/support/url_server.hpp"

#include <boost/test/unit_test.hpp>
#include <rapidjson/document.h>

#include <map>
#include <sstream>
#include <string>
#include <vector>

using namespace nova;

namespace {

using words = std::vector<std::string>;

struct fixture : test::database_fixture {
  fixture() {
    conn.run(
      "do $$ begin create role transports_clerk; exception when duplicate_object then null; end "
      "$$; "
      "create schema work; grant usage on schema work to transports_clerk; "
      "create table work.ledger (id bigint); grant insert on work.ledger to transports_clerk; "
      "create function work.note(job jsonb) returns void language plpgsql as $f$ begin "
      "if job #> '{body,odd}' is not null then raise exception 'an odd one'; end if; "
      "insert into work.ledger values ((job ->> 'id')::bigint); end $f$; "
      "insert into messenger_transports (name, type) values ('now', 'sync'); "
      "insert into messenger_transports (name, type, config) values ('far', 'redis', "
      "'{\"url\": \"redis://127.0.0.1:1\"}'); "
      "insert into nova.messenger_handlers (type, kind, config) values ('note', 'sql', "
      "'{\"function\": \"work.note\", \"role\": \"transports_clerk\"}')");
  }

  rapidjson::Document json(words arguments, int code = 0) {
    arguments.insert(arguments.begin(), "messenger");
    arguments.emplace_back("--json");
    std::ostringstream out, err;
    auto done =
      app::run_program(arguments, {{"DATABASE_URL", url()}, {"LOG_LEVEL", "off"}}, out, err);
    BOOST_REQUIRE_MESSAGE(done == code, err.str());
    said = err.str();
    rapidjson::Document parsed;
    parsed.Parse(out.str().c_str());
    BOOST_REQUIRE_MESSAGE(code == 2 || !parsed.HasParseError(), out.str() + err.str());
    return parsed;
  }

  std::string value(const char* text) {
    const sql::statement query{text, text};
    return conn.exec(query).value<std::string>();
  }

  std::string said;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(transports_test, fixture)

BOOST_AUTO_TEST_CASE(a_message_of_type_sync_is_done_before_the_command_ends) {
  auto done = json({"send", "note", "{}", "--transport", "now"});

  BOOST_TEST(done["verdict"].GetString() == std::string{"done"});
  BOOST_TEST(value("select string_agg(id::text, '') from work.ledger")
             == std::to_string(done["id"].GetInt64()));
  BOOST_TEST(value("select count(*)::text from messenger_messages") == "0");
}

BOOST_AUTO_TEST_CASE(a_failure_of_one_is_told_and_tried_again_by_nodes) {
  auto failed = json({"send", "note", "{\"odd\": 1}", "--transport", "now"}, 1);

  BOOST_TEST(failed["verdict"].GetString() == std::string{"retry"});
  BOOST_TEST(failed["class"].GetString() == std::string{"sql_P0001"});
  BOOST_TEST(std::string{failed["text"].GetString()}.find("an odd one") != std::string::npos);
  BOOST_TEST(value("select status || attempts from messenger_messages") == "pending1");
}

BOOST_AUTO_TEST_CASE(a_url_is_called_for_one_of_type_sync) {
  test::url_server server{[](test::url_server::talker& talker) {
    (void)talker.send("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
  }};
  conn.run(("insert into nova.messenger_handlers (type, kind, config) values ('post', 'http', "
            "'{\"url\": \""
            + server.url() + "\", \"allow_private\": true}')")
             .c_str());

  auto refused = json({"send", "post", "{}", "--transport", "now"}, 1);

  BOOST_TEST(refused["verdict"].GetString() == std::string{"fail"});
  BOOST_TEST(refused["class"].GetString() == std::string{"http_404"});
  BOOST_TEST(value("select error_class from messenger_failed_messages") == "http_404");
  BOOST_TEST(value("select count(*)::text from messenger_messages") == "0");
}

BOOST_AUTO_TEST_CASE(what_is_delayed_limited_or_without_a_handler_is_left_to_nodes) {
  for (const auto& more :
       {words{"note", "{}", "--transport", "now", "--delay", "1h"},
        words{"nobody", "{}", "--transport", "now"}, words{"note", "{}", "--transport", "far"}}) {
    words command{"send"};
    command.insert(command.end(), more.begin(), more.end());
    BOOST_TEST(!json(command).HasMember("verdict"));
  }
  conn.run("update nova.messenger_handlers set limit_key = 'all', limit_running = 1");
  BOOST_TEST(!json({"send", "note", "{}", "--transport", "now"}).HasMember("verdict"));
  BOOST_TEST(value("select count(*)::text from messenger_messages where status = 'pending'")
             == "4");
  BOOST_TEST(value("select count(*)::text from work.ledger") == "0");
}

BOOST_AUTO_TEST_CASE(the_list_says_how_brokers_are) {
  conn.run("select messenger_send('note', p_transport => 'far')");
  auto state = [&](const char* name) {
    auto all = json({"transports"});
    for (const auto& row : all.GetArray())
      if (row["name"].GetString() == std::string{name})
        return std::string{row["state"].GetString()} + ' ' + row["error"].GetString() + ' '
               + std::to_string(row["outbox"].GetInt64()) + ' '
               + std::to_string(row["depth"].GetInt64());
    return std::string{};
  };
  BOOST_TEST(state("now") == "here  0 0");
  BOOST_TEST(state("far") == "not worked  1 0");
  conn.run("select nova.messenger_note_broker('far', 'w', '', '', 7, 0)");
  BOOST_TEST(state("far") == "reachable  1 7");
  conn.run("select nova.messenger_note_broker('far', 'w', 'refused', 'WRONGPASS', null, 0)");
  BOOST_TEST(state("far") == "failing refused: WRONGPASS 1 0");
}

BOOST_AUTO_TEST_CASE(queues_of_messages_are_not_known_at_a_broker) {
  json({"consume", "far", "--queues", "billing"}, 2);
  BOOST_TEST(said.find("--queues: the messages of transport 'far' are at a broker (redis)")
             != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
