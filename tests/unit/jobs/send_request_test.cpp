#include "jobs/send_request.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <ostream>

using namespace nova;

namespace {

struct bad_request {
  std::string text;
  const char* where;
  const char* reason;
  const char* key = "";
};

std::ostream& operator<<(std::ostream& out, const bad_request& x) {
  return out << x.text.substr(0, 60);
}

std::string with(const std::string& field) {
  return R"({"type":"a",)" + field + '}';
}

const bad_request bad_requests[] = {
  {"", "byte 0", ""},
  {"{", "byte 1", ""},
  {"7", "", "an object"},
  {"[]", "", "1 to 1000"},
  {"[7]", "[0]", "an object"},
  {"{}", "type", "needed"},
  {R"([{"type":"a"},{"body":1}])", "[1].type", "needed"},
  {R"({"type":""})", "type", "1 to 255"},
  {R"({"type":7})", "type", "text"},
  {R"({"type":")" + std::string(256, 'a') + R"("})", "type", "1 to 255"},
  {with(R"("quue":"x")"), "quue", "transport, queue"},
  {R"([{"type":"a"},{"type":"a","quue":"x"}])", "[1].quue", "not known"},
  {with(R"("queue":null)"), "queue", "text"},
  {with(R"("transport":")" + std::string(64, 'a') + '"'), "transport", "1 to 63"},
  {with(R"("priority":101)"), "priority", "-100 to 100"},
  {with(R"("priority":1.5)"), "priority", "whole"},
  {with(R"("delay_ms":-1)"), "delay_ms", "0 to"},
  {with(R"("delay_ms":"5m")"), "delay_ms", "whole"},
  {with(R"("delay_ms":9223372036854775807)"), "delay_ms", "ten years"},
  {with(R"("key":"")"), "key", "1 to 1,000"},
  {with(R"("tenant":7)"), "tenant", "text"},
  {with(R"("headers":[])"), "headers", "object"},
  {"{\"type\":\"\xff\"}", "body", "UTF-8"},
  {with(R"("key":"a")"), "Idempotency-Key", "one message", "b"},
  {R"([{"type":"a"}])", "Idempotency-Key", "one message", "b"},
};

} // namespace

BOOST_AUTO_TEST_SUITE(send_request_test)

BOOST_DATA_TEST_CASE(what_cannot_be_sent_is_told_by_field,
                     boost::unit_test::data::make(bad_requests), row) {
  auto read = jobs::parse_send_request(row.text, row.key);
  BOOST_REQUIRE(!read);
  BOOST_TEST(read.error().where == row.where);
  BOOST_TEST(read.error().reason.find(row.reason) != std::string::npos, read.error().reason);
}

BOOST_AUTO_TEST_CASE(one_message_is_sent_word_by_word) {
  auto text = R"({"type":"a","body":{"n":12345678901234567890.10},"delay_ms":0,"priority":-100,)"
              R"("transport":"t","queue":"q","tenant":"x","headers":{}})";
  auto read = jobs::parse_send_request(text, "key");
  BOOST_REQUIRE(read);
  BOOST_TEST(read->messages == '[' + std::string{text} + ']');
  BOOST_TEST(read->key == "key");
  BOOST_TEST(read->count == 1u);
  BOOST_TEST(read->one);
  BOOST_TEST(read->keyed);
}

BOOST_AUTO_TEST_CASE(messages_are_keyed_when_each_is) {
  BOOST_TEST(jobs::parse_send_request(R"([{"type":"a","key":"1"},{"type":"a","key":"2"}])", "")
               .value()
               .keyed);
  auto some = jobs::parse_send_request(R"([{"type":"a","key":"1"},{"type":"a"}])", "").value();
  BOOST_TEST(!some.keyed);
  BOOST_TEST(!some.one);
  BOOST_TEST(some.count == 2u);
  BOOST_TEST(!jobs::parse_send_request(R"({"type":"a"})", "").value().keyed);
}

BOOST_AUTO_TEST_CASE(an_array_has_at_most_a_thousand) {
  auto many = [](size_t count) {
    std::string text = "[";
    for (size_t i = 0; i < count; ++i)
      text += (i == 0 ? "" : ",") + std::string{R"({"type":"a"})"};
    return text + ']';
  };
  BOOST_TEST(jobs::parse_send_request(many(1'000), "").has_value());
  BOOST_TEST(!jobs::parse_send_request(many(1'001), "").has_value());
}

BOOST_AUTO_TEST_SUITE_END()
