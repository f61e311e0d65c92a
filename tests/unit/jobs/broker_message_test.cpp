#include "jobs/broker_message.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

using namespace nova::jobs;
using nova::transports::delivery;

namespace {

constexpr int64_t now = 1'800'000'000'000;

broker_message read(const std::string& payload, int32_t deliveries = 1) {
  return read_broker_message("far", {"receipt", "1-0", payload, deliveries}, now);
}

} // namespace

BOOST_AUTO_TEST_SUITE(broker_message_test)

BOOST_AUTO_TEST_CASE(a_message_of_the_outbox_is_a_job) {
  const std::string payload =
    R"({"id":17,"type":"mail","queue":"billing","priority":7,"tenant":"acme","key":"k","sent_ms":5,)"
    R"("attempts":2,"max_attempts":9,"errors":[{"class":"x"}],"headers":{"a":1},"body":[1,null]})";
  auto made = read(payload, 3);
  BOOST_TEST(!made.dead.has_value());
  BOOST_TEST(made.job.id == 17);
  BOOST_TEST(made.job.place == "far");
  BOOST_TEST(made.job.receipt == "receipt");
  BOOST_TEST(made.job.type == "mail");
  BOOST_TEST(made.job.queue == "billing");
  BOOST_TEST(made.job.tenant == "acme");
  BOOST_TEST(made.job.attempts == 2);
  BOOST_TEST(made.job.crashes == 2);
  BOOST_TEST(made.job.headers == R"({"a":1})");
  BOOST_TEST(made.job.body == "[1,null]");
  BOOST_TEST(made.payload == payload);
}

BOOST_AUTO_TEST_CASE(one_of_another_program_needs_a_type_and_keeps_the_id_that_it_gets) {
  auto made = read(R"({"type":"mail","secret":"left out"})");
  BOOST_TEST(!made.dead.has_value());
  BOOST_TEST(made.job.id < 0);
  BOOST_TEST(made.job.queue == "default");
  BOOST_TEST(made.job.body == "{}");
  BOOST_TEST(read(R"({"type":"other"})").job.id == made.job.id); // the broker's id says which it is
  BOOST_TEST(read_broker_message("far", {"r", "2-0", R"({"type":"mail"})", 1}, now).job.id
             != made.job.id);
  auto again = read_broker_message("far", {"r", "3-0", made.payload, 1}, now);
  BOOST_TEST(again.job.id == made.job.id);
  // Nothing in it is of this delivery: what is given up twice is one failed message.
  BOOST_TEST(read_broker_message("far", {"r2", "1-0", R"({"type":"mail"})", 2}, now + 5'000).payload
             == made.payload);
  BOOST_TEST(made.payload.find("left out") == std::string::npos);
}

const char* const odd[] = {"",
                           "text",
                           "[]",
                           "{}",
                           R"({"type":""})",
                           R"({"type":5})",
                           R"({"type":"x","id":"5"})",
                           R"({"type":"x","id":5.5})",
                           R"({"type":"x","headers":[]})",
                           R"({"type":"x","priority":101})",
                           R"({"type":"x","attempts":-1})",
                           R"({"type":"x","errors":[1]})",
                           R"({"type":"x","body":"\u0000"})",
                           R"({"type":"x","tenant":"\\\u0000"})"};

BOOST_DATA_TEST_CASE(what_cannot_be_read_is_kept_whole, boost::unit_test::data::make(odd), text) {
  auto made = read(text);
  BOOST_REQUIRE(made.dead.has_value());
  BOOST_TEST((made.dead->what == verdict::fail));
  BOOST_TEST(made.dead->error_class == "undecodable");
  BOOST_TEST(made.job.type == "undecodable");
  BOOST_TEST(made.job.body.front() == '"');
  BOOST_TEST(read(made.payload).job.body == made.job.body);
}

BOOST_AUTO_TEST_CASE(a_backslash_before_u0000_is_text) {
  BOOST_TEST(!read(R"({"type":"x","body":"\\u0000"})").dead.has_value());
}

BOOST_AUTO_TEST_CASE(what_is_too_late_or_too_early_is_not_done) {
  auto late = read(R"({"type":"x","expires_ms":1799999999999})");
  BOOST_REQUIRE(late.dead.has_value());
  BOOST_TEST(late.dead->error_class == "expired");
  auto early = read(R"({"type":"x","not_before_ms":1800000005000})");
  BOOST_REQUIRE(early.dead.has_value());
  BOOST_TEST((early.dead->what == verdict::snooze));
  BOOST_TEST(early.dead->after.count() == 5'000);
  BOOST_TEST(!read(R"({"type":"x","not_before_ms":1800000000000})").dead.has_value());
}

BOOST_AUTO_TEST_SUITE_END()
