#include "actors/attachment_fetcher.hpp"

#include "base/metrics.hpp"
#include "nylas/digest.hpp"
#include "pg/email/claim_attachments.hpp"
#include "pg/email/fit_attachments.hpp"
#include "pg/email/follow_attachments.hpp"
#include "pg/email/settle_attachment.hpp"
#include "pg/email/store_attachment.hpp"
#include "tests/support/database_fake.hpp"
#include "tests/unit/actors/provider_fake.hpp"

#include <boost/test/unit_test.hpp>

#include <deque>

using namespace nova;
using namespace nova::test;
using namespace std::chrono_literals;

namespace {

due_attachment an_attachment(const std::string& id, std::optional<uint64_t> listed = 10,
                             const std::string& grant = "g1") {
  return {inbox_id{"i1"}, grant_id{grant}, message_id{"m/1"}, attachment_id{id}, listed, 2, 77};
}

struct fixture : provider_fixture {
  fixture() {
    settings.bytes_max = 1000;
    settings.seed = 1;
    settings.retry.jitter = 0;
    database.on<pg::fit_attachments>([this](const auto&) { return std::exchange(unfit, 0); });
    database.on<pg::follow_attachments>([this](const auto&) { return std::exchange(changed, 0); });
    database.on<pg::claim_attachments>([this](const pg::claim_attachments& query) {
      std::vector<due_attachment> taken;
      while (!due.empty() && taken.size() < std::min(query.limit, claim_max)) {
        taken.push_back(due.front());
        due.pop_front();
      }
      return taken;
    });
    database.answer<pg::store_attachment>(true);
    database.answer<pg::settle_attachment>("due");
    handle = database.spawn(system);
  }

  ~fixture() {
    for (const auto& actor :
         {caf::actor_cast<caf::actor>(fetcher), caf::actor_cast<caf::actor>(handle)})
      self->send_exit(actor, caf::exit_reason::kill);
    waiting.clear();
    run();
  }

  void start() {
    fetcher = system.spawn(attachment_fetcher, directory_slot{},
                           attachment_fetcher_needs{handle, grants}, settings);
    run();
  }

  /// Calls are answered when the test says so.
  void answers_later() {
    answer = [this](const call_grant& call) -> caf::result<api_answered> {
      if (call.call.target.empty())
        return answer_waiting();
      return waiting.emplace_back(grants_door->make_response_promise<api_answered>());
    };
  }

  /// In the door, to which the promise belongs.
  api_answered answer_waiting() {
    calls.pop_back();
    next.verdict = nylas::classify(calls.at(answered++).call, next);
    waiting.front().deliver(std::move(next));
    waiting.pop_front();
    return {};
  }

  void answer_first(api_answered what) {
    next = std::move(what);
    self->send(grants, call_grant{});
    run();
  }

  static api_answered too_large() {
    api_answered cut;
    cut.too_large = true;
    cut.failure = "the answer is larger than it may be";
    return cut;
  }

  std::vector<pg::store_attachment> stored() {
    return database.asked<pg::store_attachment>();
  }

  pg::settle_attachment settled() {
    auto all = database.asked<pg::settle_attachment>();
    BOOST_REQUIRE(all.size() == 1u);
    return all[0];
  }

  std::deque<due_attachment> due;
  uint32_t claim_max = 1000;
  uint64_t unfit = 0, changed = 0;
  std::deque<caf::typed_response_promise<api_answered>> waiting;
  size_t answered = 0;
  api_answered next;
  database_fake database;
  database_actor handle;
  attachment_fetcher_actor fetcher;
  attachment_fetcher_settings settings;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(attachment_fetcher_test, fixture)

BOOST_AUTO_TEST_CASE(where_bytes_are_not_asked_for_it_does_nothing) {
  settings.bytes_max = 0;
  due = {an_attachment("a1")};
  start();
  advance(1h);
  BOOST_TEST(calls.empty());
  BOOST_TEST(database.asked<pg::claim_attachments>().empty());
  BOOST_TEST(database.asked<pg::follow_attachments>().empty());
}

BOOST_AUTO_TEST_CASE(bytes_are_stored_as_they_came_with_their_sha256) {
  const std::string bytes{"\0{\"\xff<html>", 10};
  answers({an_answer(200, bytes)});
  due = {an_attachment("a?1")};

  start();

  BOOST_REQUIRE(calls.size() == 1u);
  BOOST_TEST(calls[0].call.target == "/v3/grants/g1/attachments/a%3F1/download?message_id=m%2F1");
  BOOST_TEST((calls[0].lane == call_lane::backfill));
  BOOST_REQUIRE(stored().size() == 1u);
  BOOST_TEST((stored()[0].content == bytes));
  BOOST_TEST((stored()[0].sha256 == nylas::sha256_of(bytes)));
  BOOST_TEST(stored()[0].which.id.value == "a?1");
  BOOST_TEST(database.asked<pg::settle_attachment>().empty());
}

BOOST_AUTO_TEST_CASE(it_first_makes_the_table_fit_its_setting_then_notes_all_that_changed) {
  unfit = 3;
  changed = 2'000;
  start();
  BOOST_TEST(database.asked<pg::fit_attachments>().size() == 2u);
  auto followed = database.asked<pg::follow_attachments>();
  BOOST_TEST(followed.size() == 2u);
  BOOST_TEST(followed.at(0).bytes_max == 1000u);
}

BOOST_AUTO_TEST_CASE(it_looks_again_but_claims_nothing_while_nothing_can_be_called) {
  auto live = std::make_shared<live_limits>();
  live->provider_away = true;
  settings.live = live;
  answers({an_answer(200, "x")});
  due = {an_attachment("a1")};
  start();
  BOOST_TEST(calls.empty());
  live->provider_away = false;
  advance(2s);
  BOOST_TEST(stored().size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_404_is_told_and_is_asked_for_again_two_minutes_later) {
  answers({an_answer(404, an_error("not_found_error", "no such attachment"))});
  due = {an_attachment("a1")};
  start();
  BOOST_TEST((settled().outcome == attachment_outcome::gone));
  BOOST_TEST((settled().delay == 2min));
  BOOST_TEST(settled().which.claimed_until == 77);
}

BOOST_AUTO_TEST_CASE(a_failure_of_its_own_waits_longer_each_time) {
  answers({an_answer(500, "")});
  due = {an_attachment("a1")};
  start();
  BOOST_TEST((settled().outcome == attachment_outcome::failed));
  BOOST_TEST((settled().delay == 4min)); // its third
  BOOST_TEST(settled().reason.find("HTTP 500") == 0u);
}

BOOST_AUTO_TEST_CASE(a_throttle_or_a_paused_grant_is_no_fault_and_nothing_more_is_claimed_at_once) {
  claim_max = 1;
  due = {an_attachment("a1"), an_attachment("a2")};
  refuses(ec::grant_paused);
  start();
  BOOST_TEST((settled().outcome == attachment_outcome::later));
  BOOST_TEST(due.size() == 1u);

  auto slow = an_answer(429, an_error("rate_limit_error", "slow down"));
  slow.retry_after = "90";
  answers({slow});
  advance(2s);
  auto all = database.asked<pg::settle_attachment>();
  BOOST_REQUIRE(all.size() == 2u);
  BOOST_TEST((all[1].outcome == attachment_outcome::later));
  BOOST_TEST((all[1].delay == 90s));
}

BOOST_AUTO_TEST_CASE(what_the_database_refuses_is_a_failure) {
  answers({an_answer(200, "x")});
  database.on<pg::store_attachment>([](const auto&) { return ec::database_refused; });
  due = {an_attachment("a1")};
  start();
  BOOST_TEST((settled().outcome == attachment_outcome::failed));
}

BOOST_AUTO_TEST_CASE(
  what_is_more_than_was_listed_is_cut_off_and_asked_for_with_room_for_the_limit) {
  settings.bytes_max = 1'000'000;
  answers({too_large(), an_answer(200, std::string(200'000, 'x'))});
  due = {an_attachment("a1", 10)};
  start();
  BOOST_REQUIRE(calls.size() == 2u);
  BOOST_TEST(calls[0].call.body_max < 100'000u);
  BOOST_TEST(calls[1].call.body_max == 1'000'000u);
  BOOST_TEST(stored().size() == 1u);
}

BOOST_AUTO_TEST_CASE(what_is_more_than_the_limit_is_too_large_whatever_was_listed) {
  answers({too_large()});
  due = {an_attachment("a1", 10)};
  start();
  BOOST_TEST(calls.size() == 1u);
  BOOST_TEST((settled().outcome == attachment_outcome::too_large));
  BOOST_TEST(settled().size.value() == 1001u);
}

BOOST_AUTO_TEST_CASE(no_more_bytes_are_asked_for_than_have_room_and_what_waits_comes_in_turn) {
  settings.bytes_max = 10'000'000;
  settings.bytes_in_flight_max = 2'500'000;
  answers_later();
  due = {an_attachment("a1", 800'000), an_attachment("a2", 800'000), an_attachment("a3", 800'000),
         an_attachment("huge", 9'000'000)};
  start();
  BOOST_TEST(calls.size() == 2u);
  answer_first(an_answer(200, "one"));
  BOOST_TEST(calls.size() == 3u);
  answer_first(an_answer(200, "two"));
  BOOST_TEST(calls.size() == 3u); // the huge one comes alone
  answer_first(an_answer(200, "three"));
  BOOST_REQUIRE(calls.size() == 4u);
  answer_first(an_answer(200, "huge"));
  BOOST_TEST(stored().size() == 4u);
}

BOOST_AUTO_TEST_CASE(it_says_what_it_holds_of_a_grant_and_claims_more_when_half_is_done) {
  claim_max = 4;
  answers_later();
  for (int i = 0; i < 6; ++i)
    due.push_back(an_attachment("a" + std::to_string(i)));
  start();
  BOOST_TEST(calls.size() == 4u);
  for (int i = 0; i < 3; ++i)
    answer_first(an_answer(200, "x"));
  auto claims = database.asked<pg::claim_attachments>();
  BOOST_REQUIRE(claims.size() == 2u);
  BOOST_TEST(claims[0].held.empty());
  BOOST_REQUIRE(claims[1].held.size() == 1u);
  BOOST_TEST(claims[1].held[0].grant.value == "g1");
  BOOST_TEST(claims[1].held[0].held == 1u);
  BOOST_TEST(calls.size() == 6u);
}

BOOST_AUTO_TEST_CASE(it_counts_what_came) {
  base::metrics all;
  settings.metrics = attachment_metrics{all};
  answers({an_answer(200, "12345"), an_answer(500, "")});
  claim_max = 2;
  due = {an_attachment("a1"), an_attachment("a2")};
  start();
  auto text = all.text();
  BOOST_TEST(text.find("nova_attachments_total{outcome=\"stored\"} 1") != std::string::npos, text);
  BOOST_TEST(text.find("nova_attachments_total{outcome=\"failed\"} 1") != std::string::npos);
  BOOST_TEST(text.find("nova_attachment_bytes_total 5") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
