#include "pg/jobs/assign_handler.hpp"
#include "tests/support/node_fixture.hpp"
#include "tests/support/raw_client.hpp"
#include "tests/support/url_server.hpp"

#include <boost/test/unit_test.hpp>

#include <mutex>

using namespace nova;
using namespace std::chrono_literals;

namespace {

struct fixture : test::node_fixture {
  fixture() : test::node_fixture{test::a_mailbox(1)} {}

  app::node_settings with_api() {
    auto made = settings();
    made.api_of_messages = {true, "127.0.0.1", 0, {"0123456789abcdef"}};
    made.listening = [this](const app::node_addresses& where) {
      port = static_cast<uint16_t>(std::stoi(where.api.substr(where.api.rfind(':') + 1)));
    };
    return made;
  }

  test::raw_answer send(std::string_view body) const {
    return test::raw_client{port}.post("/messenger/v1/send", body,
                                       "Authorization: Bearer 0123456789abcdef\r\n");
  }

  /// As who is told to come again does: its database may not be up yet.
  bool sends(std::string_view body) const {
    return test::eventually([&] { return send(body).status == 202; });
  }

  std::string value(const char* text) {
    const sql::statement query{text, text};
    return conn.exec(query).value<std::string>();
  }

  uint16_t port = 0;
};

void no_death(const std::string& reason) {
  BOOST_ERROR("the node gave up: " + reason);
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(send_api_test, fixture)

BOOST_AUTO_TEST_CASE(what_is_sent_over_http_is_done_over_http) {
  std::mutex mutex;
  std::string asked;
  test::url_server hook{[&](auto& to) {
    std::lock_guard guard{mutex};
    asked = to.request;
    (void)to.send("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
  }};
  pg::set_handler handler{
    "invoice", "", "", "http", R"({"url":")" + hook.url("/hook") + R"(","allow_private":true})",
    5s};
  pg::assign_handler{handler}.run(conn);
  app::node node{with_api(), no_death};

  BOOST_TEST(sends(R"({"type":"invoice","body":{"id":7}})"));

  BOOST_TEST(test::eventually(
    [&] { return value("select count(*)::text from messenger_messages") == "0"; }));
  BOOST_TEST(value("select count(*)::text from messenger_failed_messages") == "0");
  std::lock_guard guard{mutex};
  BOOST_TEST(asked.starts_with("POST /hook "), asked);
  BOOST_TEST(asked.find("Idempotency-Key: message-") != std::string::npos, asked);
}

BOOST_AUTO_TEST_CASE(a_queue_pushes_what_is_sent_to_it) {
  conn.run("select pgmq.create('uploads')");
  test::url_server hook{
    [](auto& to) { (void)to.send("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"); }};
  pg::set_handler handler{
    "", "", "uploads", "http", R"({"url":")" + hook.url() + R"(","allow_private":true})", 5s};
  pg::assign_handler{handler}.run(conn);
  app::node node{with_api(), no_death};

  conn.run("select pgmq.send('uploads', '{\"n\": 1}')");

  BOOST_TEST(
    test::eventually([&] { return value("select count(*)::text from pgmq.q_uploads") == "0"; }));
  BOOST_TEST(hook.connections() == 1);
}

BOOST_AUTO_TEST_CASE(a_node_that_restarts_its_pool_goes_on_taking_messages) {
  app::node node{with_api(), no_death};
  BOOST_TEST(sends(R"({"type":"a"})"));

  BOOST_TEST(node.crash("database"));

  BOOST_TEST(sends(R"({"type":"b"})"));
}

BOOST_AUTO_TEST_CASE(a_node_that_stops_takes_none) {
  app::node node{with_api(), no_death};
  BOOST_TEST(sends(R"({"type":"a"})"));

  node.stop();

  BOOST_CHECK_THROW(send(R"({"type":"a"})"), std::runtime_error);
}

BOOST_AUTO_TEST_SUITE_END()
