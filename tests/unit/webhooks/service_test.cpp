#include "webhooks/service.hpp"

#include "tests/unit/webhooks/http_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <future>

using namespace nova;
using namespace std::chrono_literals;
using test::raw_client;

BOOST_FIXTURE_TEST_SUITE(service_test, test::http_fixture)

BOOST_AUTO_TEST_CASE(metrics_are_in_prometheus_text) {
  start();
  raw_client client{port};
  BOOST_TEST(client.get("/healthz").status == 200);
  auto answer = client.get("/metrics");
  BOOST_TEST(answer.status == 200);
  BOOST_TEST(answer.field("Content-Type").starts_with("text/plain; version=0.0.4"));
  BOOST_TEST(answer.body.find(R"(nova_http_answers_total{code="2xx"} 1)") != std::string::npos);
  BOOST_TEST(answer.body.find("nova_webhooks_waiting 0") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_node_that_is_not_ready_says_why) {
  reasons = {"the database cannot be reached", "migrations \"email\" are missing"};
  start();
  auto answer = raw_client{port}.get("/readyz");
  BOOST_TEST(answer.status == 503);
  BOOST_TEST(answer.body
             == R"({"ready":false,"reasons":["the database cannot be reached",)"
                R"("migrations \"email\" are missing"]})");
  BOOST_TEST(raw_client{port}.get("/healthz").status == 200);
}

BOOST_AUTO_TEST_CASE(a_node_that_is_ready_says_so) {
  start();
  auto answer = raw_client{port}.get("/readyz");
  BOOST_TEST(answer.status == 200);
  BOOST_TEST(answer.body == R"({"ready":true,"reasons":[]})");
}

BOOST_AUTO_TEST_CASE(a_node_that_is_no_ingress_has_no_webhooks) {
  webhooks::service plain{system, metrics, nullptr, limits, std::nullopt};
  port = plain.listen("127.0.0.1", 0);
  BOOST_TEST(deliver("{}").status == 404);
  BOOST_TEST(raw_client{port}.get("/readyz").status == 200);
}

BOOST_AUTO_TEST_CASE(a_stopping_service_takes_no_new_webhook_and_is_not_ready) {
  held = true;
  limits.threads = 1; // so that what is sent first is read first
  start();
  raw_client first{port};
  std::string body = R"({"id":"n1","type":"t"})";
  auto waiting = std::async(std::launch::async, [&] {
    return first.post("/webhooks/nylas", body, signature_of(body));
  });
  BOOST_REQUIRE(eventually([&] { return asked == 1; }));
  // The head of a second request is there before the stop, its end comes after.
  raw_client second{port};
  second.send("GET /readyz HTTP/1.1\r\n");
  BOOST_TEST(raw_client{port}.get("/readyz").status == 200);
  auto stopped = std::async(std::launch::async, [&] { service->stop(10s); });
  BOOST_REQUIRE(eventually([&] {
    try {
      raw_client{port};
      return false;
    } catch (const std::runtime_error&) {
      return true;
    }
  }));
  second.send("\r\n");
  auto answer = second.read();
  BOOST_TEST(answer.status == 503);
  BOOST_TEST(answer.body.find("stopping") != std::string::npos);
  release();
  BOOST_TEST(waiting.get().status == 200);
  stopped.get();
}

BOOST_AUTO_TEST_SUITE_END()
