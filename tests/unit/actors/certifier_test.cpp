#include "actors/certifier.hpp"

#include "pg/email/claim_certifications.hpp"
#include "pg/email/end_certification.hpp"
#include "pg/email/end_own_pages.hpp"
#include "pg/email/fail_certification.hpp"
#include "pg/email/keep_certification.hpp"
#include "pg/email/plan_certifications.hpp"
#include "tests/unit/actors/comparison_fixture.hpp"

#include <boost/test/unit_test.hpp>

using namespace nova;
using namespace nova::test;
using namespace std::chrono_literals;

namespace {

struct fixture : comparison_fixture {
  fixture() {
    database.answer<pg::plan_certifications>(0);
    database.on<pg::claim_certifications>([this](const auto&) { return std::exchange(due, {}); });
    database.take<pg::fail_certification>();
    database.on<pg::keep_certification>([this](const auto&) { return !lost; });
    database.on<pg::end_certification>([this](const auto&) {
      stored_before_judged = stored.size();
      return lost ? std::optional<bool>{} : std::optional{findings.empty()};
    });
    settings.comparison.by = "n1";
    settings.comparison.listing.seed = 1;
  }

  ~fixture() {
    self->send_exit(certifies, caf::exit_reason::kill);
    run();
  }

  static certification january() {
    return {
      inbox_id{"i1"}, "recent", 7, grant_id{"g1"}, "google", 0, {1'699'920'000, 1'700'092'800}};
  }

  void start() {
    certifies =
      system.spawn(certifier, directory_slot{}, certifier_needs{{handle, grants, store}}, settings);
    run();
  }

  [[nodiscard]] size_t judged() const {
    return database.asked<pg::end_certification>().size();
  }

  certifier_actor certifies;
  certifier_settings settings;
  std::vector<certification> due{january()};
  size_t stored_before_judged = 0;
  bool lost = false; // another has it
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(certifier_test, fixture)

BOOST_AUTO_TEST_CASE(what_is_due_is_listed_in_the_background_compared_and_judged) {
  answers({an_answer(200, a_page(a_message("m1"), "c1")), an_answer(200, a_page(a_message("m2")))});
  start();
  BOOST_REQUIRE(calls.size() == 2u);
  BOOST_TEST((calls[0].lane == call_lane::background));
  BOOST_TEST(calls[0].call.target.find("received_after=1699919999") != std::string::npos);
  BOOST_TEST(calls[0].call.target.find("received_before=1700092801") != std::string::npos);
  auto begun = database.asked<pg::begin_comparison>();
  BOOST_TEST(begun.at(0).by == "n1");
  BOOST_TEST(begun.at(0).days.from.value() == 1'699'920'000);
  BOOST_TEST(database.asked<pg::open_comparison>().at(0).comparison == 42);
  BOOST_TEST(database.asked<compare_page>().size() == 2u);
  auto kept = database.asked<pg::keep_certification>();
  BOOST_REQUIRE(kept.size() == 2u);
  BOOST_TEST(kept[0].cursor == "");
  BOOST_TEST(kept[0].which.comparison == 42); // before the first page
  BOOST_TEST(kept[1].cursor == "c1");
  BOOST_REQUIRE(judged() == 1u);
  BOOST_TEST(database.asked<pg::end_certification>()[0].calls == 2u);
  BOOST_TEST(stored.empty());
}

BOOST_AUTO_TEST_CASE(a_comparison_goes_on_where_another_ended) {
  due[0].comparison = 41;
  due[0].cursor = "c1";
  answers({an_answer(200, a_page(a_message("m2")))});
  start();
  BOOST_TEST(database.asked<pg::begin_comparison>().empty());
  BOOST_TEST(calls.at(0).call.target.find("page_token=c1") != std::string::npos);
  BOOST_TEST(database.asked<compare_page>().at(0).comparison == 41);
  BOOST_TEST(judged() == 1u);
}

BOOST_AUTO_TEST_CASE(what_differs_is_stored_after_it_was_judged) {
  differing = {"m1"};
  findings = {{"m1", "differing", "subject", 1}};
  answers({an_answer(200, a_page(a_message("m1") + ',' + a_message("m2")))});
  start();
  BOOST_TEST(judged() == 0u); // it may be on its way
  advance(10s);
  BOOST_REQUIRE(judged() == 1u);
  BOOST_TEST(stored_before_judged == 0u);
  BOOST_REQUIRE(stored.size() == 1u);
  BOOST_REQUIRE(stored[0].messages.size() == 1u);
  BOOST_TEST(stored[0].messages[0].id.value == "m1");
  BOOST_TEST((stored[0].origin == mail_origin::reconcile));
  BOOST_TEST(stored[0].lo == 1000);
  BOOST_TEST(stored[0].hi == 2000);
}

BOOST_AUTO_TEST_CASE(what_was_on_its_way_is_no_difference) {
  differing = {"m1"};
  findings = {{"m1", "missing", "", 1}};
  answers({an_answer(200, a_page(a_message("m1")))});
  start();
  findings = {{"m1", "in flight", "", 1}};
  advance(10s);
  BOOST_TEST(judged() == 1u);
  BOOST_TEST(stored.empty());
}

BOOST_AUTO_TEST_CASE(more_than_can_be_kept_is_stored_at_once) {
  settings.comparison.kept_max = 1;
  differing = {"m1", "m2"};
  answers({an_answer(200, a_page(a_message("m1"), "c1")), an_answer(200, a_page(a_message("m2")))});
  start();
  BOOST_REQUIRE(stored.size() == 1u);
  BOOST_TEST(stored[0].messages.at(0).id.value == "m2");
  auto pages = database.asked<compare_page>();
  BOOST_TEST(!pages.at(0).mend);
  BOOST_TEST(pages.at(1).mend);
}

BOOST_AUTO_TEST_CASE(what_cannot_be_read_is_noted_and_kept) {
  answers({an_answer(200, R"({"data":[{"id":"m1"},"nonsense"]})")});
  start();
  auto pages = database.asked<compare_page>();
  BOOST_REQUIRE(pages.at(0).rejected.size() == 1u);
  BOOST_REQUIRE(stored.size() == 1u);
  BOOST_TEST(stored[0].rejects.size() == 1u);
  BOOST_TEST(judged() == 1u);
}

BOOST_AUTO_TEST_CASE(what_was_not_listed_is_asked_for_by_its_id) {
  findings = {{"gone", "extra", "", 2}, {"there", "extra", "", 2}};
  answer = [](const call_grant& call) -> caf::result<api_answered> {
    if (call.call.target.find("/messages/there") != std::string::npos)
      return an_answer(200, R"({"request_id":"r","data":)" + a_message("there") + "}");
    if (call.call.target.find("/messages/gone") != std::string::npos)
      return an_answer(404, an_error("not_found_error", "gone"));
    return an_answer(200, a_page(""));
  };
  start();
  BOOST_TEST(calls.size() == 1u); // news of it may be on its way
  advance(10s);
  auto pages = database.asked<compare_page>();
  BOOST_REQUIRE(pages.size() == 2u);
  BOOST_TEST(pages[1].messages->size() == 1u);
  auto noted = database.asked<pg::note_not_listed>();
  BOOST_REQUIRE(noted.size() == 1u);
  BOOST_TEST(noted[0].ids == std::vector<std::string>{"gone"}, boost::test_tools::per_element());
  BOOST_TEST((calls.at(1).lane == call_lane::background));
  BOOST_TEST(judged() == 1u);
  BOOST_TEST(database.asked<pg::end_certification>()[0].calls == 3u);
}

BOOST_AUTO_TEST_CASE(a_throttled_look_for_what_was_not_listed_is_repeated) {
  findings = {{"gone", "extra", "", 1}};
  auto busy = an_answer(429, an_error("rate_limit_error", "slow down"));
  busy.retry_after = "30";
  answers({an_answer(200, a_page("")), busy, an_answer(404, an_error("not_found_error", "gone"))});
  start();
  advance(10s);
  BOOST_TEST(calls.size() == 2u);
  BOOST_TEST(judged() == 0u);
  advance(30s);
  BOOST_TEST(database.asked<pg::note_not_listed>().size() == 1u);
  BOOST_TEST(judged() == 1u);
}

BOOST_AUTO_TEST_CASE(what_the_pages_of_a_backfill_said_is_judged_without_a_call) {
  due[0].scope = "backfill";
  due[0].own_pages = true;
  due[0].comparison = 41; // another began, and did not come to its end
  database.answer<pg::end_own_pages>(std::optional<int64_t>{300});
  settled = false;
  start();
  BOOST_TEST(database.asked<pg::end_own_pages>().empty());
  settled = true;
  advance(500ms);
  auto ended = database.asked<pg::end_own_pages>();
  BOOST_REQUIRE(ended.size() == 1u);
  BOOST_TEST(ended[0].which.comparison == 42); // its days were made quiet by this one
  BOOST_TEST(calls.empty());
  BOOST_TEST(judged() == 0u);
}

BOOST_AUTO_TEST_CASE(who_writes_unseen_is_waited_for) {
  settled = false;
  start();
  BOOST_TEST(judged() == 0u);
  advance(500ms);
  BOOST_TEST(judged() == 0u);
  settled = true;
  advance(500ms);
  BOOST_TEST(judged() == 1u);
}

BOOST_AUTO_TEST_CASE(one_that_never_ends_is_not_waited_for_for_ever) {
  settled = false;
  start();
  for (int i = 0; i < 21; ++i)
    advance(500ms);
  BOOST_TEST(judged() == 1u); // it says itself that nothing is verified then
}

BOOST_AUTO_TEST_CASE(a_paused_grant_is_no_failure) {
  refuses(ec::grant_paused);
  start();
  auto failed = database.asked<pg::fail_certification>();
  BOOST_REQUIRE(failed.size() == 1u);
  BOOST_TEST(failed[0].blameless);
  BOOST_TEST(failed[0].which.token == 7);
  BOOST_TEST(judged() == 0u);
}

BOOST_AUTO_TEST_CASE(a_refused_list_is_a_failure_and_certifies_nothing) {
  answers({an_answer(200, a_page(a_message("m1"), "c1")),
           an_answer(400, an_error("invalid_request_error", "no"))});
  start();
  for (int i = 0; i < 20; ++i)
    advance(30s);
  auto failed = database.asked<pg::fail_certification>();
  BOOST_REQUIRE(failed.size() == 1u);
  BOOST_TEST(!failed[0].blameless);
  BOOST_TEST(failed[0].reason.find("no") != std::string::npos);
  BOOST_TEST(judged() == 0u);
}

BOOST_AUTO_TEST_CASE(a_list_that_begins_again_is_another_comparison) {
  answers({an_answer(200, a_page(a_message("m1"), "c1")),
           an_answer(400, an_error("invalid_request_error", "invalid page_token")),
           an_answer(200, a_page(a_message("m1")))});
  start();
  advance(2s);
  BOOST_TEST(database.asked<pg::drop_comparison>().size() == 1u);
  BOOST_TEST(database.asked<pg::begin_comparison>().size() == 2u);
  BOOST_TEST(judged() == 1u);
}

BOOST_AUTO_TEST_CASE(what_another_has_is_left_to_it) {
  due[0].comparison = 41;
  lost = true;
  answers({an_answer(200, a_page(a_message("m1"), "c1")), an_answer(200, a_page(""))});
  start();
  BOOST_TEST(calls.size() == 1u);
  BOOST_TEST(judged() == 0u);
  BOOST_TEST(database.asked<pg::fail_certification>().empty());
}

BOOST_AUTO_TEST_CASE(it_looks_again_and_names_what_it_has) {
  answer = [](const call_grant&) -> caf::result<api_answered> {
    auto busy = an_answer(429, an_error("rate_limit_error", "slow down"));
    busy.retry_after = "1000";
    return busy;
  };
  start();
  advance(5s);
  auto claims = database.asked<pg::claim_certifications>();
  BOOST_REQUIRE(claims.size() == 2u);
  BOOST_TEST(claims[0].limit == 8u);
  BOOST_TEST(claims[1].limit == 7u);
  BOOST_TEST(claims[1].in_hand.at(0).value == "i1");
  // It lives while it waits.
  advance(15s);
  BOOST_TEST(database.asked<pg::keep_certification>().size() >= 1u);
}

BOOST_AUTO_TEST_CASE(switched_off_it_does_nothing) {
  settings.enabled = false;
  start();
  advance(60s);
  BOOST_TEST(database.asked<pg::claim_certifications>().empty());
}

BOOST_AUTO_TEST_SUITE_END()
