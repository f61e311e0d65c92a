#include "simulator/simulator.hpp"

#include "base/clock.hpp"
#include "http/gzip.hpp"
#include "http/http_server.hpp"
#include "nylas/signature.hpp"
#include "simulator/json_read.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/raw_client.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <map>
#include <mutex>
#include <set>

using namespace nova;
using namespace nova::simulator;
using namespace std::chrono_literals;
using test::eventually;

namespace {

/// A webhook endpoint that keeps what comes and answers as it is told.
class endpoint {
public:
  struct delivery {
    std::string body;
    std::string signature;
    std::string encoding;
  };

  explicit endpoint(std::function<int(size_t)> status = [](size_t) { return 200; })
    : status_(std::move(status)),
      server_({}, [this](const http::request& request, const http::server::reply& reply) {
        reply(take(request));
      }) {
    port_ = server_.listen("127.0.0.1", 0);
  }

  [[nodiscard]] std::string url() const {
    return "http://127.0.0.1:" + std::to_string(port_) + "/hook";
  }

  std::vector<delivery> got() {
    std::lock_guard lock{mutex_};
    return got_;
  }

  /// What answers a challenge: itself by default.
  std::string challenge_prefix;

private:
  http::response take(const http::request& request) {
    http::response out;
    if (request.method == "GET") {
      const auto at = request.target.find("challenge=");
      out.body = challenge_prefix + request.target.substr(at + 10);
      return out;
    }
    std::lock_guard lock{mutex_};
    got_.push_back({request.body, std::string(request.header("x-nylas-signature")),
                    std::string(request.header("content-encoding"))});
    out.status = status_(got_.size());
    return out;
  }

  std::function<int(size_t)> status_;
  std::mutex mutex_;
  std::vector<delivery> got_;
  http::server server_;
  uint16_t port_ = 0;
};

struct simulator_fixture {
  static options quick() {
    options out;
    out.api_key = "key";
    out.grants[0].id = "g1";
    out.grants[0].mailbox.threads = 50;
    out.webhooks.time_scale = 0.0001; // minutes become milliseconds
    return out;
  }

  test::raw_answer ask(const std::string& method, const std::string& target,
                       const std::string& body = "") {
    test::raw_client client{provider.port()};
    client.send(method + " " + target + " HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer key\r\n"
                + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
    return client.read();
  }

  grant_state& grant() {
    return *provider.state().grants().front();
  }

  std::vector<rapidjson::Document> notifications(endpoint& at) {
    std::vector<rapidjson::Document> out;
    for (const auto& one : at.got())
      out.push_back(std::move(*read_json(one.body)));
    return out;
  }

  nova::simulator::simulator provider{quick()};
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(simulator_test, simulator_fixture)

BOOST_AUTO_TEST_CASE(the_ready_line_says_how_to_use_it) {
  auto ready = read_json(provider.ready_json());
  BOOST_REQUIRE(ready.has_value());
  BOOST_TEST((*ready)["url"].GetString() == provider.url());
  BOOST_TEST((*ready)["api_key"].GetString() == std::string("key"));
  BOOST_TEST((*ready)["grant_ids"][0].GetString() == std::string("g1"));
  BOOST_TEST((*ready)["webhook_secret"].GetStringLength() == 32u);
  BOOST_TEST(ask("GET", "/sim/ready").body.find(provider.url()) != std::string::npos);
}

BOOST_AUTO_TEST_CASE(it_answers_over_a_socket) {
  auto page = ask("GET", "/v3/grants/g1/threads?limit=5");
  BOOST_TEST(page.status == 200);
  BOOST_TEST((*read_json(page.body))["data"].Size() == 5u);
}

BOOST_AUTO_TEST_CASE(a_cut_answer_ends_the_connection_early) {
  test::raw_client client{provider.port()};
  client.send("GET /v3/grants/g1/threads HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer key\r\n"
              "X-Sim-Fault: cut-body\r\n\r\n");
  auto answer = client.read();
  BOOST_TEST(answer.cut);
  BOOST_TEST(answer.body.size() == 100u);
}

BOOST_AUTO_TEST_CASE(a_change_arrives_signed) {
  endpoint at;
  provider.add_webhook_target(at.url());
  provider.change().create(grant(), {});
  BOOST_REQUIRE(eventually([&] { return at.got().size() == 1; }));
  const auto got = at.got()[0];
  BOOST_TEST(nylas::signature_matches(provider.webhook_secret(), got.body, got.signature));
  BOOST_TEST((*read_json(got.body))["type"].GetString() == std::string("message.created"));
  BOOST_TEST(eventually([&] { return provider.webhooks().statistics().acknowledged == 1; }));
  BOOST_TEST((provider.webhooks().statistics().p50 > 0us));
}

BOOST_AUTO_TEST_CASE(compressed_delivery_is_signed_over_the_compressed_bytes) {
  endpoint at;
  provider.add_webhook_target(at.url(), true);
  provider.change().create(grant(), {});
  BOOST_REQUIRE(eventually([&] { return at.got().size() == 1; }));
  const auto got = at.got()[0];
  BOOST_TEST(got.encoding == "gzip");
  BOOST_TEST(nylas::signature_matches(provider.webhook_secret(), got.body, got.signature));
  BOOST_TEST(http::gunzip(got.body, 1 << 20).has_value());
}

BOOST_AUTO_TEST_CASE(a_503_is_tried_three_times_with_one_id) {
  endpoint at{[](size_t number) { return number < 3 ? 503 : 200; }};
  provider.add_webhook_target(at.url());
  provider.change().create(grant(), {});
  BOOST_REQUIRE(eventually([&] { return provider.webhooks().statistics().acknowledged == 1; }));
  auto sent = notifications(at);
  BOOST_REQUIRE(sent.size() == 3u);
  for (int i = 0; i < 3; ++i) {
    BOOST_TEST(sent[i]["webhook_delivery_attempt"].GetInt() == i + 1);
    BOOST_TEST((sent[i]["id"] == sent[0]["id"]));
  }
}

BOOST_AUTO_TEST_CASE(after_three_attempts_it_is_given_up) {
  endpoint at{[](size_t) { return 503; }};
  provider.add_webhook_target(at.url());
  provider.change().create(grant(), {});
  BOOST_REQUIRE(eventually([&] { return provider.webhooks().statistics().given_up == 1; }));
  BOOST_TEST(at.got().size() == 3u);
  BOOST_TEST(provider.webhooks().statistics().waiting == 0u);
}

BOOST_AUTO_TEST_CASE(a_500_loses_the_event_at_once) {
  endpoint at{[](size_t) { return 500; }};
  provider.add_webhook_target(at.url());
  provider.change().create(grant(), {});
  BOOST_REQUIRE(eventually([&] { return provider.webhooks().statistics().given_up == 1; }));
  BOOST_TEST(at.got().size() == 1u);
}

BOOST_AUTO_TEST_CASE(an_endpoint_that_is_not_there_is_tried_again_too) {
  provider.add_webhook_target("http://127.0.0.1:1/hook");
  provider.change().create(grant(), {});
  BOOST_REQUIRE(eventually([&] { return provider.webhooks().statistics().given_up == 1; }));
  BOOST_TEST(provider.webhooks().statistics().sent == 3u);
}

BOOST_AUTO_TEST_CASE(a_live_run_tells_every_change_and_the_truth_is_what_it_left) {
  endpoint at;
  provider.add_webhook_target(at.url());
  live_options run;
  run.rate = 0;
  run.count = 200;
  run.mix.change_id = run.mix.split = run.mix.merge = run.mix.draft_sent = 1;
  BOOST_REQUIRE(provider.start_live(run));
  BOOST_REQUIRE(eventually([&] { return !provider.live().progress().running; }));
  BOOST_REQUIRE(eventually([&] { return provider.webhooks().statistics().waiting == 0; }));
  const auto done = provider.webhooks().statistics();
  BOOST_TEST(done.acknowledged == done.events);
  BOOST_TEST(done.events >= 200u);

  // Who applies the last word about each message has the truth about those that were told of.
  std::map<std::string, std::string> told;
  auto sent = notifications(at);
  std::stable_sort(sent.begin(), sent.end(), [](const auto& a, const auto& b) {
    return std::string(a["id"].GetString()).substr(16) < b["id"].GetString() + 16;
  });
  for (const auto& one : sent)
    if (std::string_view(one["type"].GetString()).starts_with("message."))
      told[one["data"]["object"]["id"].GetString()] = one["type"].GetString();
  std::set<std::string> truth;
  provider.visit_truth("g1", [&](const message_record& message) { truth.insert(message.id); });
  for (const auto& [id, type] : told)
    BOOST_TEST((type == "message.deleted") == !truth.contains(id), id << " " << type);
}

BOOST_AUTO_TEST_CASE(a_live_run_waits_for_its_deliveries_instead_of_dropping_them) {
  auto narrow = quick();
  narrow.webhooks.waiting_max = 40;
  narrow.webhooks.concurrency = 1;
  nova::simulator::simulator tight{narrow};
  endpoint at;
  tight.add_webhook_target(at.url());
  live_options run;
  run.rate = 0;
  run.count = 300;
  BOOST_REQUIRE(tight.start_live(run));
  BOOST_REQUIRE(eventually([&] { return !tight.live().progress().running; }));
  BOOST_TEST(tight.live().progress().done == 300u);
  BOOST_TEST(tight.webhooks().statistics().dropped == 0u);
}

BOOST_AUTO_TEST_CASE(duplicates_have_the_same_id_and_lost_events_never_come) {
  endpoint at;
  provider.add_webhook_target(at.url());
  live_options run;
  run.rate = 0;
  run.count = 100;
  run.mix = {1, 0, 0, 0, 0, 0, 0, 0, 0};
  run.how.duplicates = 0.5;
  run.how.lost = 0.2;
  run.how.reorder = 20ms;
  run.how.truncated = 0.3;
  provider.webhooks().distort(run.how);
  BOOST_REQUIRE(provider.start_live(run));
  BOOST_REQUIRE(eventually([&] {
    return !provider.live().progress().running && provider.webhooks().statistics().waiting == 0;
  }));
  const auto done = provider.webhooks().statistics();
  std::set<std::string> ids;
  size_t truncated = 0;
  for (const auto& one : notifications(at)) {
    ids.insert(one["id"].GetString());
    if (one["type"].GetString() == std::string("message.created.truncated")) {
      ++truncated;
      BOOST_TEST(one["data"]["object"]["body"].GetStringLength() == 0u);
    }
  }
  BOOST_TEST(done.lost > 0u);
  BOOST_TEST(ids.size() == 100 - done.lost);
  BOOST_TEST(at.got().size() > ids.size());
  BOOST_TEST(truncated > 0u);
}

BOOST_AUTO_TEST_CASE(what_is_lost_at_a_rate_is_known_and_the_same_each_time) {
  auto lost_numbers = [] {
    auto options = quick();
    options.settings.webhooks_lost = 0.1;
    nova::simulator::simulator lossy{options};
    endpoint at;
    lossy.add_webhook_target(at.url());
    std::set<std::string> made;
    for (int i = 0; i < 200; ++i)
      made.insert(lossy.change().create(*lossy.state().grants()[0], {})->id);
    BOOST_REQUIRE(eventually([&] { return lossy.webhooks().statistics().waiting == 0; }));

    for (const auto& one : at.got())
      BOOST_TEST(made.erase((*read_json(one.body))["data"]["object"]["id"].GetString()) == 1u);
    std::vector<uint64_t> numbers;
    for (const auto& one : lossy.webhooks().lost()) {
      BOOST_TEST(made.erase(one.object_id) == 1u);
      BOOST_TEST(one.type == "message.created");
      numbers.push_back(one.number);
    }
    BOOST_TEST(made.empty());
    BOOST_TEST(numbers.size() == lossy.webhooks().statistics().lost);
    return numbers;
  };
  const auto first = lost_numbers();
  BOOST_TEST(first.size() > 5u);
  BOOST_TEST(first.size() < 50u);
  BOOST_TEST(first == lost_numbers(), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_rate_of_loss_is_set_and_the_lost_are_listed_over_http) {
  BOOST_TEST(ask("GET", "/sim/webhooks/lost").body.find("\"data\":[]") != std::string::npos);
  BOOST_TEST(ask("PUT", "/sim/settings", R"({"webhooks_lost":1})").status == 200);
  const auto made = provider.change().create(grant(), {});
  auto lost = read_json(ask("GET", "/sim/webhooks/lost").body);
  BOOST_REQUIRE((*lost)["data"].Size() == 1u);
  BOOST_TEST((*lost)["data"][0]["id"].GetString() == made->id);
  BOOST_TEST((*lost)["data"][0]["grant_id"].GetString() == std::string("g1"));
  BOOST_TEST(ask("PUT", "/sim/settings", R"({"webhooks_lost":2})").status == 400);
}

BOOST_AUTO_TEST_CASE(some_are_compressed_and_each_acknowledgement_is_told_with_its_id_and_time) {
  endpoint at{[](size_t number) { return number % 10 == 9 ? 400 : 200; }};
  provider.add_webhook_target(at.url());
  std::multimap<std::string, int64_t> seen;
  std::mutex seen_mutex;
  provider.webhooks().on_acknowledged([&](const std::string& id, int64_t posted_at) {
    std::lock_guard lock{seen_mutex};
    seen.emplace(id, posted_at);
  });
  live_options run;
  run.rate = 0;
  run.count = 100;
  run.mix = {1, 0, 0, 0, 0, 0, 0, 0, 0};
  run.how.gzip = 0.4;
  provider.webhooks().distort(run.how);
  const auto begun = base::wall_now().time_since_epoch().count();
  BOOST_REQUIRE(provider.start_live(run));
  BOOST_REQUIRE(eventually([&] {
    return !provider.live().progress().running && provider.webhooks().statistics().waiting == 0;
  }));
  const auto ended = base::wall_now().time_since_epoch().count();

  const auto got = at.got();
  const auto compressed = static_cast<size_t>(
    std::count_if(got.begin(), got.end(), [](const auto& one) { return one.encoding == "gzip"; }));
  BOOST_TEST(compressed > 0u);
  BOOST_TEST(compressed < got.size());
  const auto acknowledged = provider.webhooks().statistics().acknowledged;
  std::lock_guard lock{seen_mutex};
  BOOST_TEST(seen.size() == acknowledged);
  BOOST_TEST(seen.size() < 100u);
  for (const auto& [id, posted_at] : seen)
    BOOST_TEST((begun <= posted_at && posted_at <= ended), id);
}

BOOST_AUTO_TEST_CASE(updates_that_follow_each_other_become_the_last_of_them) {
  endpoint at;
  provider.add_webhook_target(at.url());
  distortion how;
  how.coalesce = 200ms;
  provider.webhooks().distort(how);
  const auto id = grant().mail->pick(1)->id;
  for (int i = 0; i < 5; ++i) {
    message_edit what;
    what.subject = "number " + std::to_string(i);
    provider.change().edit(grant(), id, what);
  }
  BOOST_REQUIRE(eventually([&] { return provider.webhooks().statistics().waiting == 0; }));
  const auto done = provider.webhooks().statistics();
  BOOST_TEST(done.acknowledged + done.coalesced == 5u);
  BOOST_TEST(done.coalesced > 0u);
  BOOST_TEST(notifications(at).back()["data"]["object"]["subject"].GetString()
             == std::string("number 4"));
}

BOOST_AUTO_TEST_CASE(a_destination_is_made_only_when_it_answers_the_challenge) {
  endpoint at;
  const auto body = R"({"trigger_types":["message.created"],"webhook_url":")" + at.url() + "\"}";
  auto made = ask("POST", "/v3/webhooks", body);
  BOOST_REQUIRE(made.status == 200);
  auto destination = read_json(made.body);
  const std::string secret = (*destination)["data"]["webhook_secret"].GetString();
  const std::string id = (*destination)["data"]["id"].GetString();
  BOOST_TEST(ask("GET", "/v3/webhooks/" + id).body.find(secret) == std::string::npos);
  provider.change().create(grant(), {});
  BOOST_REQUIRE(eventually([&] { return at.got().size() == 1; }));
  BOOST_TEST(nylas::signature_matches(secret, at.got()[0].body, at.got()[0].signature));

  endpoint wrong;
  wrong.challenge_prefix = "\"";
  const auto refused =
    ask("POST", "/v3/webhooks",
        R"({"trigger_types":["message.created"],"webhook_url":")" + wrong.url() + "\"}");
  BOOST_TEST(refused.status == 400);
  BOOST_TEST(ask("DELETE", "/v3/webhooks/" + id).status == 200);
  BOOST_TEST(ask("GET", "/v3/webhooks/" + id).status == 404);
}

BOOST_AUTO_TEST_CASE(a_paused_destination_gets_nothing_until_it_is_active_again) {
  endpoint at;
  const auto id = provider.add_webhook_target(at.url());
  BOOST_TEST(ask("PUT", "/v3/webhooks/" + id, R"({"status":"pause"})").status == 200);
  provider.change().create(grant(), {});
  BOOST_TEST(provider.webhooks().statistics().dropped == 1u);
  BOOST_TEST(ask("PUT", "/v3/webhooks/" + id, R"({"status":"active"})").status == 200);
  provider.change().create(grant(), {});
  BOOST_TEST(eventually([&] { return at.got().size() == 1; }));
}

BOOST_AUTO_TEST_CASE(the_admin_routes_do_the_same) {
  endpoint at;
  BOOST_TEST(ask("POST", "/sim/webhooks", R"({"webhook_url":")" + at.url() + "\"}").status == 200);
  BOOST_TEST(ask("POST", "/sim/notifications", R"({"raw":"not JSON"})").status == 200);
  BOOST_TEST(ask("POST", "/sim/notifications",
                 R"({"type":"grant.deleted","grant_id":"g1","object":{"grant_id":"g1"}})")
               .status
             == 200);
  BOOST_REQUIRE(eventually([&] { return at.got().size() == 2; }));
  BOOST_TEST(ask("POST", "/sim/live", R"({"count":5,"rate":0})").status == 200);
  BOOST_TEST(eventually([&] { return at.got().size() >= 7; }));
  BOOST_TEST(ask("GET", "/sim/live").body.find("acknowledged") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
