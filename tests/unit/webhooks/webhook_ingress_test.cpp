#include "webhooks/webhook_ingress.hpp"

#include "tests/unit/webhooks/http_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <future>

using namespace nova;
using namespace std::chrono_literals;
using test::raw_client;

namespace {

const std::string created =
  R"({"id":"n1","type":"message.created","data":{"grant_id":"g1"}, "x": "ä\u0041"})";

} // namespace

BOOST_FIXTURE_TEST_SUITE(webhook_ingress_test, test::http_fixture)

BOOST_AUTO_TEST_CASE(a_challenge_is_answered_with_exactly_its_value) {
  start();
  raw_client client{port};
  auto answer = client.get("/webhooks/nylas?challenge=bc609e38-1%2B1<b>");
  BOOST_TEST(answer.status == 200);
  BOOST_TEST(answer.body == "bc609e38-1+1<b>");
  BOOST_TEST(answer.field("Content-Length") == "15");
  BOOST_TEST(answer.field("Content-Type") == "text/plain");
  BOOST_TEST(answer.field("Transfer-Encoding").empty());
}

BOOST_AUTO_TEST_CASE(a_bad_challenge_is_not_echoed) {
  start();
  for (const auto& query :
       {std::string{}, std::string{"?challenge="}, std::string{"?challenge=a%0d%0ab"},
        "?challenge=" + std::string(513, 'a')}) {
    auto answer = raw_client{port}.get("/webhooks/nylas" + query);
    BOOST_TEST(answer.status == 400);
    BOOST_TEST(answer.body.find("aaa") == std::string::npos);
  }
  BOOST_TEST(raw_client{port}.get("/webhooks/nylas?challenge=" + std::string(512, 'a')).status
             == 200);
}

BOOST_AUTO_TEST_CASE(a_signed_notification_is_stored_byte_for_byte) {
  start();
  auto answer = deliver(created);
  BOOST_TEST(answer.status == 200);
  auto stored = row("n1");
  BOOST_TEST(stored.type == "message.created");
  BOOST_TEST(stored.grant.value == "g1");
  BOOST_TEST(stored.payload == created);
  BOOST_TEST(counted(R"(nova_webhooks_received_total{result="stored"} 1)"));
  BOOST_TEST(counted("nova_webhook_commit_seconds_count 1"));
}

BOOST_AUTO_TEST_CASE(nobody_hears_200_before_the_store_has_answered) {
  held = true;
  start();
  auto answer = std::async(std::launch::async, [&] { return deliver(created); });
  BOOST_REQUIRE(eventually([&] { return asked == 1; }));
  BOOST_TEST((answer.wait_for(20ms) == std::future_status::timeout));
  release();
  BOOST_TEST(answer.get().status == 200);
}

BOOST_AUTO_TEST_CASE(a_duplicate_is_200) {
  start();
  BOOST_TEST(deliver(created).status == 200);
  BOOST_TEST(deliver(created).status == 200);
  BOOST_TEST(counted(R"(nova_webhooks_received_total{result="duplicate"} 1)"));
}

BOOST_AUTO_TEST_CASE(an_unknown_type_is_200) {
  start();
  BOOST_TEST(deliver(R"({"id":"n2","type":"moon.risen"})").status == 200);
}

BOOST_AUTO_TEST_CASE(without_the_right_signature_nothing_is_asked_of_the_store) {
  start();
  BOOST_TEST(raw_client{port}.post("/webhooks/nylas", created).status == 401);
  BOOST_TEST(raw_client{port}.post("/webhooks/nylas", created, signature_of("another body")).status
             == 401);
  BOOST_TEST(asked == 0);
  BOOST_TEST(counted(R"(nova_webhooks_received_total{result="unauthorized"} 2)"));
}

BOOST_AUTO_TEST_CASE(signed_but_malformed_is_400) {
  start();
  for (auto body : {"", "not json", R"({"type":"message.created"})"})
    BOOST_TEST(deliver(body).status == 400);
  BOOST_TEST(asked == 0);
}

BOOST_AUTO_TEST_CASE(each_of_several_secrets_is_good) {
  trust.secrets = {"the next one", "a secret of the test"};
  start();
  auto signed_by = [&](const char* secret) {
    return raw_client{port}
      .post("/webhooks/nylas", created,
            "X-Nylas-Signature: " + nylas::sign(secret, created) + "\r\n")
      .status;
  };
  BOOST_TEST(signed_by("the next one") == 200);
  BOOST_TEST(signed_by("a secret of the test") == 200);
  BOOST_TEST(signed_by("a secret of nobody") == 401);
}

BOOST_AUTO_TEST_CASE(without_a_secret_it_refuses_to_start) {
  trust.secrets.clear();
  auto names_it = [](const std::invalid_argument& e) {
    return std::string{e.what()}.find("NYLAS_WEBHOOK_SECRET") != std::string::npos;
  };
  BOOST_CHECK_EXCEPTION(start(), std::invalid_argument, names_it);
}

BOOST_AUTO_TEST_CASE(without_a_secret_it_takes_anything_when_that_is_allowed) {
  trust = {{}, true};
  start();
  BOOST_TEST(raw_client{port}.post("/webhooks/nylas", created).status == 200);
}

BOOST_AUTO_TEST_CASE(a_body_of_five_megabytes_is_413) {
  start();
  BOOST_TEST(deliver(std::string(size_t{5} << 20, 'a')).status == 413);
  BOOST_TEST(asked == 0);
  BOOST_TEST(counted(R"(nova_http_refused_total{code="413"} 1)"));
}

BOOST_AUTO_TEST_CASE(gzip_is_unpacked_after_its_signature_was_checked) {
  start();
  auto packed = http::gzip(created);
  BOOST_TEST(deliver(packed, "Content-Encoding: GZIP\r\n").status == 200);
  BOOST_TEST(row("n1").payload == created);
}

BOOST_AUTO_TEST_CASE(a_gzip_bomb_is_413) {
  start();
  auto bomb = http::gzip('{' + std::string(size_t{17} << 20, ' '));
  BOOST_TEST(deliver(bomb, "Content-Encoding: gzip\r\n").status == 413);
  BOOST_TEST(asked == 0);
}

BOOST_AUTO_TEST_CASE(an_encoding_that_is_broken_or_unknown_is_refused) {
  start();
  BOOST_TEST(deliver(created, "Content-Encoding: gzip\r\n").status == 400);
  BOOST_TEST(deliver(created, "Content-Encoding: br\r\n").status == 415);
  BOOST_TEST(deliver(created, "Content-Encoding: identity\r\n").status == 200);
}

BOOST_AUTO_TEST_CASE(every_failure_of_ours_is_503_and_passes) {
  start();
  for (auto code : {ec::database_unavailable, ec::database_in_doubt, ec::database_refused,
                    ec::overloaded, ec::crashed}) {
    failure = code;
    auto answer = deliver(created);
    BOOST_TEST(answer.status == 503);
    BOOST_TEST(!answer.field("Retry-After").empty());
    BOOST_TEST(answer.body.find("on purpose") == std::string::npos);
  }
  failure = ec::none;
  BOOST_TEST(deliver(created).status == 200);
}

BOOST_AUTO_TEST_CASE(a_store_that_does_not_answer_is_503_in_time) {
  held = true;
  webhook_limits.store_timeout = 30ms;
  start();
  BOOST_TEST(deliver(created).status == 503);
  BOOST_TEST(counted(R"(nova_webhooks_received_total{result="timeout"} 1)"));
  BOOST_TEST(counted("nova_webhooks_waiting 0"));
}

BOOST_AUTO_TEST_CASE(a_store_that_has_ended_is_503) {
  start();
  caf::anon_send_exit(store, caf::exit_reason::kill);
  BOOST_TEST(deliver(created).status == 503);
}

BOOST_AUTO_TEST_CASE(a_restarted_store_takes_over) {
  start();
  service->use_store({});
  BOOST_TEST(deliver(created).status == 503);
  service->use_store(store);
  BOOST_TEST(deliver(created).status == 200);
}

BOOST_AUTO_TEST_CASE(beyond_those_that_may_wait_503_comes_at_once) {
  held = true;
  webhook_limits.waiting_max = 3;
  start();
  std::vector<std::future<test::raw_answer>> first;
  first.reserve(3);
  for (int i = 0; i < 3; ++i)
    first.push_back(std::async(std::launch::async, [this, i] {
      return deliver(R"({"id":"w)" + std::to_string(i) + R"(","type":"t"})");
    }));
  BOOST_REQUIRE(eventually([&] { return asked == 3; }));
  BOOST_TEST(deliver(created).status == 503);
  BOOST_TEST(asked == 3);
  release();
  for (auto& each : first)
    BOOST_TEST(each.get().status == 200);
  held = false;
  BOOST_TEST(deliver(created).status == 200);
}

BOOST_AUTO_TEST_CASE(bytes_that_wait_are_bounded_too) {
  webhook_limits.waiting_bytes_max = 1000;
  start();
  BOOST_TEST(deliver(created + std::string(1000, ' ')).status == 503);
  BOOST_TEST(deliver(created).status == 200);
}

BOOST_AUTO_TEST_CASE(a_slow_client_costs_nobody_else_anything) {
  limits.read_timeout = 100ms;
  start();
  raw_client slow{port};
  slow.send("POST /webhooks/nylas HTTP/1.1\r\nContent-Length: 1000\r\n\r\n{");
  BOOST_TEST(deliver(created).status == 200);
  BOOST_TEST(slow.read().status == 408);
}

BOOST_AUTO_TEST_CASE(a_stop_lets_those_that_wait_have_their_answer) {
  held = true;
  start();
  auto answer = std::async(std::launch::async, [&] { return deliver(created); });
  BOOST_REQUIRE(eventually([&] { return asked == 1; }));
  auto stopped = std::async(std::launch::async, [&] { service->stop(10s); });
  release();
  BOOST_TEST(answer.get().status == 200);
  stopped.get();
}

BOOST_AUTO_TEST_CASE(a_store_that_answers_after_the_service_is_gone_does_no_harm) {
  held = true;
  start();
  auto answer = std::async(std::launch::async, [&] { return deliver(created); });
  BOOST_REQUIRE(eventually([&] { return asked == 1; }));
  service->stop(0ms);
  service.reset();
  BOOST_TEST(answer.get().cut);
  release();
  BOOST_TEST(eventually([&] { return counted("nova_webhooks_waiting 0"); }));
}

BOOST_AUTO_TEST_SUITE_END()
