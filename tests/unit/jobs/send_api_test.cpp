#include "jobs/send_api.hpp"

#include "actors/database.hpp"
#include "jobs/send_request.hpp"
#include "tests/support/database_fixture.hpp"
#include "tests/support/raw_client.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scoped_actor.hpp>
#include <rapidjson/document.h>

#include <ostream>

using namespace nova;
using namespace std::chrono_literals;

namespace {

constexpr auto good_token = "Authorization: Bearer 0123456789abcdef\r\n";

/// The API over a real database.
struct fixture : test::database_fixture {
  fixture() {
    base::configure_log({base::log_level::off, base::log_format::text});
    api.use_database(pool = start_pool(url()));
    port = api.listen("127.0.0.1", 0);
  }

  ~fixture() {
    api.stop(0ms);
    caf::scoped_actor self{system};
    self->send_exit(pool, caf::exit_reason::user_shutdown);
  }

  database_actor start_pool(const std::string& to) {
    database_settings settings;
    settings.url = to;
    database_limits limits;
    limits.timeout = 500ms;
    std::vector<database_actor> workers{spawn_database_worker(system, settings, {})};
    return system.spawn(nova::database, directory_slot{}, workers, limits);
  }

  test::raw_answer post(std::string_view body, std::string_view fields = good_token) const {
    return test::raw_client{port}.post("/messenger/v1/send", body, fields);
  }

  static rapidjson::Document json(const test::raw_answer& answer) {
    rapidjson::Document parsed;
    parsed.Parse(answer.body.c_str());
    BOOST_REQUIRE(!parsed.HasParseError());
    return parsed;
  }

  int64_t count(const char* where = "true") {
    auto text = std::string{"select count(*) from messenger_messages where "} + where;
    const sql::statement query{text.c_str(), text.c_str()};
    return conn.exec(query).value<int64_t>();
  }

  caf::actor_system_config config;
  caf::actor_system system{config};
  base::metrics metrics;
  jobs::send_api api{system, {{"fedcba9876543210", "0123456789abcdef"}}, metrics};
  database_actor pool;
  uint16_t port = 0;
};

struct wrong_token {
  const char* fields;
};

std::ostream& operator<<(std::ostream& out, const wrong_token& x) {
  return out << x.fields;
}

const wrong_token wrong_tokens[] = {
  {""},
  {"Authorization: Bearer \r\n"},
  {"Authorization: Bearer 0123456789abcde\r\n"},
  {"Authorization: Bearer 0123456789abcdef0\r\n"},
  {"Authorization: Bearer 0123456789abcdeF\r\n"},
  {"Authorization: Basic 0123456789abcdef\r\n"},
  {"Authorization: 0123456789abcdef\r\n"},
  {"X-Authorization: Bearer 0123456789abcdef\r\n"},
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(send_api_test, fixture)

BOOST_AUTO_TEST_CASE(a_message_is_taken_when_it_is_committed) {
  auto answer =
    post(R"({"type":"mail","body":{"n":1e400,"big":12345678901234567890123},)"
         R"("queue":"q","priority":7,"tenant":"t","headers":{"h":1},"delay_ms":60000})");

  BOOST_TEST(answer.status == 202, answer.body);
  auto said = json(answer);
  BOOST_TEST(said["created"].GetBool());
  BOOST_TEST(count("type = 'mail' and body = '{\"n\":1e400,\"big\":12345678901234567890123}' and "
                   "queue = 'q' and priority = 7 and tenant_id = 't' and headers = '{\"h\":1}' and "
                   "available_at = created_at + '1 minute' and transport = 'default' and "
                   "idempotency_key is null")
             == 1);
  BOOST_TEST(count(("id = " + std::to_string(said["id"].GetInt64())).c_str()) == 1);
}

BOOST_AUTO_TEST_CASE(each_token_is_good_and_the_scheme_is_of_any_case) {
  BOOST_TEST(post(R"({"type":"a"})", "Authorization: Bearer fedcba9876543210\r\n").status == 202);
  BOOST_TEST(post(R"({"type":"a"})", "authorization: bearer 0123456789abcdef\r\n").status == 202);
}

BOOST_DATA_TEST_CASE(who_has_no_token_sends_nothing, boost::unit_test::data::make(wrong_tokens),
                     row) {
  auto answer = post(R"({"type":"a"})", row.fields);

  BOOST_TEST(answer.status == 401);
  BOOST_TEST(answer.field("WWW-Authenticate") == "Bearer");
  BOOST_TEST(answer.body.find("0123456789") == std::string::npos);
  BOOST_TEST(count() == 0);
}

BOOST_AUTO_TEST_CASE(an_array_is_sent_whole_and_in_its_order) {
  auto said = json(post(R"([{"type":"a","key":"k"},{"type":"b"},{"type":"a","key":"k"}])"));

  BOOST_TEST_REQUIRE(said.Size() == 3u);
  BOOST_TEST(said[0]["created"].GetBool());
  BOOST_TEST(said[1]["created"].GetBool());
  BOOST_TEST(!said[2]["created"].GetBool());
  BOOST_TEST(said[2]["id"].GetInt64() == said[0]["id"].GetInt64());
  BOOST_TEST(count() == 2);
}

BOOST_AUTO_TEST_CASE(the_same_key_again_is_the_same_message) {
  auto fields = std::string{good_token} + "Idempotency-Key: order-7\r\n";
  auto first = json(post(R"({"type":"a"})", fields));
  auto second = post(R"({"type":"a"})", fields);

  BOOST_TEST(second.status == 202);
  BOOST_TEST(first["created"].GetBool());
  BOOST_TEST(!json(second)["created"].GetBool());
  BOOST_TEST(json(second)["id"].GetInt64() == first["id"].GetInt64());
  BOOST_TEST(count("idempotency_key = 'order-7'") == 1);
}

BOOST_AUTO_TEST_CASE(what_is_wrong_is_told_with_its_field) {
  auto answer = post(R"([{"type":"a"},{"type":"b","priority":101}])");

  BOOST_TEST(answer.status == 400);
  auto said = json(answer);
  BOOST_TEST(said["field"].GetString() == "[1].priority");
  BOOST_TEST(std::string{said["error"].GetString()}.find("-100 to 100") != std::string::npos);
  BOOST_TEST(count() == 0, "nor the other one");
}

BOOST_AUTO_TEST_CASE(what_the_database_alone_refuses_is_the_senders_fault_too) {
  conn.run(
    "insert into messenger_transports (name, type, enabled) values ('off', 'supabase', false)");
  auto disabled = post(R"({"type":"a","transport":"off"})");
  BOOST_TEST(disabled.status == 400);
  BOOST_TEST(
    std::string{json(disabled)["error"].GetString()}.starts_with("transport \"off\" is disabled"));
  auto zero = post(R"({"type":"a","body":"\u0000"})");
  BOOST_TEST(zero.status == 400, zero.body);
  BOOST_TEST(zero.body.find("PL/pgSQL") == std::string::npos, zero.body);
  BOOST_TEST(zero.body.find("messenger_send_request") == std::string::npos, zero.body);
}

BOOST_AUTO_TEST_CASE(a_request_of_more_than_a_mebibyte_is_413) {
  auto text = R"({"type":"a","body":")" + std::string(jobs::send_bytes_max, 'x') + "\"}";
  BOOST_TEST(post(text).status == 413);
  auto frame = text.size() - jobs::send_bytes_max;
  text.erase(20, frame);
  BOOST_TEST(text.size() == jobs::send_bytes_max);
  BOOST_TEST(post(text).status == 202);
}

BOOST_AUTO_TEST_CASE(only_this_path_and_method_are_there) {
  BOOST_TEST(test::raw_client{port}.get("/messenger/v1/send").status == 405);
  BOOST_TEST(test::raw_client{port}.get("/metrics").status == 404);
}

BOOST_AUTO_TEST_CASE(without_its_database_a_node_says_so_and_takes_nothing) {
  caf::scoped_actor self{system};
  auto away = start_pool("postgres://127.0.0.1:1/none");
  api.use_database(away);

  auto answer = post(R"({"type":"a"})");

  BOOST_TEST(answer.status == 503);
  BOOST_TEST(answer.field("Retry-After") == "5");
  BOOST_TEST(answer.body.find("nothing is lost") != std::string::npos, answer.body);
  api.use_database(pool);
  BOOST_TEST(post(R"({"type":"a"})").status == 202);
  self->send_exit(away, caf::exit_reason::user_shutdown);
}

BOOST_AUTO_TEST_CASE(a_node_that_has_no_pool_yet_is_503) {
  api.use_database({});
  BOOST_TEST(post(R"({"type":"a"})").status == 503);
}

BOOST_AUTO_TEST_CASE(a_database_without_the_messenger_is_503_and_its_reason_is_for_the_log) {
  conn.run("alter function messenger_send(jsonb[]) rename to gone");
  auto answer = post(R"({"type":"a"})");
  BOOST_TEST(answer.status == 503);
  BOOST_TEST(answer.body.find("jsonb") == std::string::npos, answer.body);
}

BOOST_AUTO_TEST_CASE(what_may_have_been_sent_is_not_sent_again_without_a_key) {
  // The connection breaks after the commit, before its answer: nobody knows.
  conn.run("create function fall() returns trigger language plpgsql as 'begin perform "
           "pg_terminate_backend(pg_backend_pid()); return null; end'; "
           "create constraint trigger fall after insert on messenger_messages deferrable initially "
           "deferred for each row execute function fall()");

  auto answer = post(R"({"type":"a"})");

  BOOST_TEST(answer.status == 503);
  BOOST_TEST(answer.body.find("Idempotency-Key") != std::string::npos, answer.body);
  auto keyed = post(R"({"type":"a","key":"k"})");
  BOOST_TEST(keyed.status == 503);
  BOOST_TEST(keyed.body.find("nothing is lost") != std::string::npos, keyed.body);
}

BOOST_AUTO_TEST_CASE(requests_are_counted_by_how_they_ended) {
  (void)post(R"({"type":"a"})");
  (void)post(R"({"type":"a"})", "");
  (void)post("{");

  auto text = metrics.text();
  for (auto line :
       {"nova_send_requests_total{result=\"sent\"} 1",
        "nova_send_requests_total{result=\"unauthorized\"} 1",
        "nova_send_requests_total{result=\"malformed\"} 1", "nova_send_messages_total 1"})
    BOOST_TEST(text.find(line) != std::string::npos, text);
}

BOOST_AUTO_TEST_SUITE_END()
