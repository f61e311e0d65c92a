#include "alerts/alert_text.hpp"

#include "alerts/alert_rules.hpp"
#include "json/json_reader.hpp"

#include <boost/test/unit_test.hpp>
#include <rapidjson/document.h>

#include <chrono>
#include <string>

using namespace nova;
using namespace std::chrono_literals;

namespace {

const std::string one_node =
  R"({"kinds":[{"kind":"node_lost","severity":"critical","events":0,"opened":1,"ended":0,"open":1}],)"
  R"("alerts":[{"kind":"node_lost","key":"n1","severity":"critical","title":"n1: <b>gone</b> & \"lost\"",)"
  R"("details":{"next":"nova run --name n1"},"opened_at":"2026-12-01T14:00:00.5+00:00",)"
  R"("ended_at":null,"count":2,"begins":true,"ends":false,"is_event":false}]})";
const std::string node_back =
  R"({"kinds":[{"kind":"node_lost","severity":"critical","events":0,"opened":0,"ended":1,"open":0}],)"
  R"("alerts":[{"kind":"node_lost","key":"n1","severity":"critical","title":"n1: gone",)"
  R"("details":{},"opened_at":"2026-12-01T14:00:00+00:00","ended_at":"2026-12-01T14:05:00+00:00",)"
  R"("count":1,"begins":false,"ends":true,"is_event":false}]})";
const std::string thousand =
  R"({"kinds":[{"kind":"sync_failed","severity":"warning","events":0,"opened":1000,"ended":0,"open":1000}],)"
  R"("alerts":[{"kind":"sync_failed","key":"a","severity":"warning","title":"crm: contacts failed",)"
  R"("details":{},"opened_at":"2026-12-01T14:00:00+00:00","ended_at":null,"count":1,"begins":true,)"
  R"("ends":false,"is_event":false}]})";
const alerts::told_by us{"nova", "n2"};

alerts::alert_digest digest_of(const std::string& items) {
  auto read = alerts::read_digest(items);
  BOOST_REQUIRE(read.has_value());
  return *read;
}

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

rapidjson::Document parsed(const std::string& text) {
  rapidjson::Document read;
  BOOST_REQUIRE_MESSAGE(json::parse(read, text).has_value(), text);
  return read;
}

} // namespace

BOOST_AUTO_TEST_SUITE(alert_text_test)

BOOST_AUTO_TEST_CASE(one_alert_is_said_by_its_title) {
  auto digest = digest_of(one_node);

  BOOST_TEST(alerts::subject_of(digest, us) == "[nova] CRITICAL: n1: <b>gone</b> & \"lost\"");
  auto text = alerts::text_of(digest, us);
  BOOST_TEST(has(text,
                 "CRITICAL: n1: <b>gone</b> & \"lost\"\n  node lost, since 2026-12-01 14:00:00 "
                 "UTC, 2 times\n  next: nova run --name n1\n"),
             text);
  BOOST_TEST(has(text, "Nova, cluster nova, node n2"), text);
}

BOOST_AUTO_TEST_CASE(its_end_says_how_long_it_was) {
  auto digest = digest_of(node_back);

  BOOST_TEST(alerts::subject_of(digest, us) == "[nova] over: n1: gone");
  BOOST_TEST(has(alerts::text_of(digest, us),
                 "OVER: n1: gone\n  node lost, from 2026-12-01 14:00:00 UTC to 2026-12-01 14:05:00 "
                 "UTC, over\n"));
}

BOOST_AUTO_TEST_CASE(many_are_counted) {
  auto digest = digest_of(thousand);

  BOOST_TEST(alerts::subject_of(digest, us) == "[nova] 1000 sync failed");
  BOOST_TEST(has(alerts::text_of(digest, us), "and 999 more: nova alerts list --all\n"));
}

BOOST_AUTO_TEST_CASE(html_has_no_markup_of_others) {
  auto html = alerts::html_of(digest_of(one_node), us);

  BOOST_TEST(has(html, "n1: &lt;b&gt;gone&lt;/b&gt; &amp; &quot;lost&quot;"), html);
  BOOST_TEST(!has(html, "<b>gone"), html);
}

BOOST_AUTO_TEST_CASE(a_webhook_gets_what_the_database_says) {
  auto body = parsed(alerts::nova_body(digest_of(one_node), us, "m-1"));

  BOOST_TEST(body["type"].GetString() == std::string{"nova.alerts"});
  BOOST_TEST(body["id"].GetString() == std::string{"m-1"});
  BOOST_TEST(body["alerts"][0]["key"].GetString() == std::string{"n1"});
  BOOST_TEST(body["kinds"].Size() == 1u);
}

BOOST_AUTO_TEST_CASE(slack_gets_no_markup_either) {
  auto body = parsed(alerts::slack_body(digest_of(one_node), us));

  BOOST_TEST(has(body["text"].GetString(), "n1: &lt;b&gt;gone&lt;/b&gt; &amp; \"lost\""));
}

BOOST_AUTO_TEST_CASE(pagerduty_has_an_incident_a_kind_while_one_is_open) {
  auto opened = alerts::pagerduty_bodies(digest_of(thousand), us, "key-1");
  auto closed = alerts::pagerduty_bodies(digest_of(node_back), us, "key-1");

  BOOST_REQUIRE_EQUAL(opened.size(), 1u);
  auto body = parsed(opened.front());
  BOOST_TEST(body["routing_key"].GetString() == std::string{"key-1"});
  BOOST_TEST(body["event_action"].GetString() == std::string{"trigger"});
  BOOST_TEST(body["dedup_key"].GetString() == std::string{"nova/nova/sync_failed"});
  BOOST_TEST(has(body["payload"]["summary"].GetString(), "(1000 of its kind)"));
  BOOST_REQUIRE_EQUAL(closed.size(), 1u);
  BOOST_TEST(parsed(closed.front())["event_action"].GetString() == std::string{"resolve"});
}

BOOST_AUTO_TEST_CASE(what_is_no_digest_is_refused) {
  for (const char* text : {"", "[]", "{}", R"({"kinds":1,"alerts":[]})", "{\"kinds\":["})
    BOOST_TEST(!alerts::read_digest(text).has_value(), text);
}

BOOST_AUTO_TEST_CASE(a_finding_is_an_alert_when_it_lasts) {
  base::wall_time now{1'000'000s};
  auto since = [&](std::chrono::seconds ago) {
    return std::chrono::duration_cast<std::chrono::microseconds>((now - ago).time_since_epoch())
      .count();
  };
  using base::finding_level;
  std::vector<pg::trouble> troubles = {
    {"inbox/not_allowed", since(0s), {finding_level::critical, "ann", "expired", "", "do it"}},
    {"inbox/out_of_reach", since(299s), {finding_level::warning, "bob", "away", "", ""}},
    {"inbox/out_of_reach", since(301s), {finding_level::warning, "eve", "away", "", ""}},
    {"database/full", since(61s), {finding_level::critical, "database", "full", "", ""}},
    {"node/drained", since(1h), {finding_level::warning, "n1", "drained", "", ""}},
    {"setting/changed", since(1h), {finding_level::note, "x", "set", "", ""}},
    {"alert/mail_refused", since(1h), {finding_level::critical, "smtp", "refused", "", ""}},
  };

  auto found = alerts::alerts_of(troubles, now);

  BOOST_TEST(found.kinds
               == (std::vector<std::string>{"grant_expired", "provider_unreachable", "critical"}),
             boost::test_tools::per_element());
  BOOST_TEST(found.keys == (std::vector<std::string>{"ann", "eve", "database"}),
             boost::test_tools::per_element());
  BOOST_TEST(found.severities == (std::vector<std::string>{"critical", "warning", "critical"}),
             boost::test_tools::per_element());
  BOOST_TEST(found.titles.front() == "ann: expired");
  BOOST_TEST(found.details.front()
             == R"({"finding":"inbox/not_allowed","since":"","next":"do it"})");
}

BOOST_AUTO_TEST_SUITE_END()
