#include "simulator/destination.hpp"

#include "simulator/json_read.hpp"
#include "simulator/live.hpp"
#include "simulator/notification_payloads.hpp"
#include "simulator/webhook_routes.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

using namespace nova::simulator;
using namespace std::chrono_literals;
namespace data = boost::unit_test::data;

namespace {

struct health_fixture {
  destination_health health{1};
  destination_health::time_point now = destination_health::time_point{} + 1000h;

  /// One attempt a second.
  void attempts(std::chrono::seconds span, bool acknowledged) {
    for (auto end = now + span; now < end; now += 1s)
      health.record(acknowledged, now);
  }
};

std::string name(destination_status status) {
  return to_string(status);
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(destination_test, health_fixture)

BOOST_AUTO_TEST_CASE(a_destination_is_failing_after_a_quarter_of_an_hour_without_answers) {
  attempts(14min, false);
  BOOST_TEST(name(health.status()) == "active");
  attempts(2min, false);
  BOOST_TEST(name(health.status()) == "failing");
}

BOOST_AUTO_TEST_CASE(it_has_failed_after_72_hours_more_and_stays_so) {
  attempts(16min, false);
  for (auto end = now + 73h; now < end; now += 30s)
    health.record(false, now);
  BOOST_TEST(name(health.status()) == "failed");
  attempts(1h, true);
  BOOST_TEST(name(health.status()) == "failed");
  health.activate();
  BOOST_TEST(name(health.status()) == "active");
}

BOOST_AUTO_TEST_CASE(it_recovers_when_answers_come_again) {
  attempts(20min, false);
  attempts(2min, true);
  BOOST_TEST(name(health.status()) == "active");
}

BOOST_AUTO_TEST_CASE(one_answer_in_ten_is_enough_to_stay_active) {
  for (int i = 0; i < 3600; ++i, now += 1s)
    health.record(i % 10 == 0, now);
  BOOST_TEST(name(health.status()) == "active");
}

BOOST_DATA_TEST_CASE(these_answers_are_tried_again, data::make({0, 408, 429, 502, 503, 504, 507}),
                     status) {
  BOOST_TEST(is_retried(status));
}

BOOST_DATA_TEST_CASE(these_answers_are_not, data::make({200, 204, 301, 400, 401, 404, 413, 500}),
                     status) {
  BOOST_TEST(!is_retried(status));
}

BOOST_AUTO_TEST_CASE(the_last_attempt_is_ten_to_twenty_minutes_after_the_first) {
  for (uint64_t drawn = 0; drawn < 1'000'000; drawn += 997) {
    const auto last = retry_pause(1, drawn, 1) + retry_pause(2, drawn * 31, 1);
    BOOST_TEST((last >= 10min));
    BOOST_TEST((last <= 20min));
  }
  BOOST_TEST((retry_pause(1, 5, 0.001) < 300ms));
}

BOOST_AUTO_TEST_CASE(suffixes_need_no_subscription_of_their_own) {
  destination one;
  one.triggers = {"message.created"};
  BOOST_TEST(one.wants("message.created"));
  BOOST_TEST(one.wants("message.created.truncated"));
  BOOST_TEST(one.wants("message.created.transformed.truncated"));
  BOOST_TEST(!one.wants("message.updated"));
}

BOOST_AUTO_TEST_CASE(a_notification_has_the_published_envelope) {
  const event what{"message.created", "/google/emails/realtime", "g1", R"({"id":"m"})"};
  auto sent = read_json(render(what, "app", "n1", 17).body(2));
  BOOST_REQUIRE(sent.has_value());
  const auto& envelope = *sent;
  BOOST_TEST(envelope["specversion"].GetString() == std::string("1.0"));
  BOOST_TEST(envelope["id"].GetString() == std::string("n1"));
  BOOST_TEST(envelope["time"].GetInt64() == 17);
  BOOST_TEST(envelope["webhook_delivery_attempt"].GetInt() == 2);
  BOOST_TEST(envelope["data"]["application_id"].GetString() == std::string("app"));
  BOOST_TEST(envelope["data"]["object"]["id"].GetString() == std::string("m"));
}

BOOST_AUTO_TEST_CASE(a_payload_over_a_megabyte_loses_its_body) {
  const event what{"message.created", "/x", "g1",
                   R"({"id":"m","body":")" + std::string(2 << 20, 'x') + "\"}"};
  auto sent = read_json(render(what, "app", "n1", 17).body(1));
  BOOST_TEST((*sent)["type"].GetString() == std::string("message.created.truncated"));
  BOOST_TEST((*sent)["data"]["object"]["body"].GetStringLength() == 0u);
}

BOOST_AUTO_TEST_CASE(what_spoils_messages_leaves_other_events_alone) {
  const event deleted{"message.deleted", "/x", "g1", R"({"id":"m"})"};
  BOOST_TEST(truncate(deleted).type == "message.deleted");
  BOOST_TEST(transform(deleted).type == "message.deleted");
  BOOST_TEST(mislabel(deleted).type == "message.deleted");
  BOOST_TEST(mislabel({"message.created", "", "", "{}"}).type == "message.updated");
}

BOOST_AUTO_TEST_CASE(a_live_run_is_read_with_its_mix_and_refuses_what_it_does_not_know) {
  auto run = read_live_options(R"({"rate":50,"count":7,"mix":{"create":1},"reorder_ms":20})");
  BOOST_REQUIRE(run.has_value());
  BOOST_TEST(run->count == 7u);
  BOOST_TEST(run->mix.create == 1);
  BOOST_TEST(run->mix.remove == 0);
  BOOST_TEST((run->how.reorder == 20ms));
  auto refused = read_live_options(R"({"mix":{"explode":1}})");
  BOOST_REQUIRE(!refused.has_value());
  BOOST_TEST(refused.error().where == "mix.explode");
}

BOOST_AUTO_TEST_CASE(what_a_live_run_does_not_say_is_as_in_its_defaults) {
  live_options defaults;
  defaults.rate = 200;
  defaults.count = 10'000;

  auto run = read_live_options(R"({"count":7,"gzip":0.3})", defaults);

  BOOST_REQUIRE(run.has_value());
  BOOST_TEST(run->rate == 200);
  BOOST_TEST(run->count == 7u);
  BOOST_TEST(run->how.gzip == 0.3);
}

BOOST_AUTO_TEST_SUITE_END()
