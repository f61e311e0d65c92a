#include "actors/comparison_by_hand.hpp"

#include "pg/cluster/list_nodes.hpp"
#include "pg/email/claim_refetches_of.hpp"
#include "pg/email/comparison_size.hpp"
#include "pg/email/end_comparison.hpp"
#include "pg/email/keep_certification.hpp"
#include "pg/email/living_messages.hpp"
#include "pg/email/refetch_not_found.hpp"
#include "tests/unit/actors/comparison_fixture.hpp"

#include <boost/test/unit_test.hpp>

using namespace nova;
using namespace nova::test;
using namespace std::chrono_literals;

namespace {

struct by_hand_fixture : comparison_fixture {
  by_hand_fixture() {
    database.on<pg::list_nodes>([this](const auto&) {
      std::vector<pg::node_row> nodes(1);
      nodes[0].alive = node_runs;
      return nodes;
    });
    database.answer<pg::comparison_size>(pg::compared_mail{7, 3});
    database.on<pg::end_comparison>([this](const auto&) { return findings.empty(); });
    database.on<pg::claim_refetches_of>([this](const auto& wanted) {
      std::vector<refetch> due;
      for (const auto& id : wanted.messages)
        due.push_back({wanted.inbox, grant_id{"g1"}, id, not_found, ""});
      return due;
    });
    database.on<pg::refetch_not_found>([this](const auto& which) {
      if (not_found++ > 0)
        deleted.insert(which.which.message);
      return deleted.contains(which.which.message);
    });
    database.on<pg::living_messages>([this](const auto& wanted) {
      auto living = wanted.messages;
      std::erase_if(living, [this](const auto& id) { return deleted.contains(id); });
      return living;
    });
    settings.comparison.listing.seed = 1;
    wish.what.inbox = inbox_id{"i1"};
    wish.what.grant = grant_id{"g1"};
    wish.outcome = std::make_shared<comparison_outcome>();
    wish.waiting = [this](const std::string& sentence) { told.push_back(sentence); };
  }

  ~by_hand_fixture() {
    self->send_exit(compares, caf::exit_reason::kill);
    run();
  }

  void start() {
    compares = system.spawn(comparison_by_hand, directory_slot{}, wish,
                            listing_needs{handle, grants, store}, settings);
    compares->attach_functor([this](const caf::error& reason) { ended = reason; });
    run();
  }

  /// Something differs, and a node of the cluster may be about to write it.
  void look_while_a_node_writes() {
    settings.comparison.mends = false;
    node_runs = true;
    differing = {"m1"};
    findings = {{"m1", "missing", "", 1}};
    answers({an_answer(200, a_page(a_message("m1")))});
    start();
  }

  [[nodiscard]] size_t looks() const {
    return database.asked<pg::comparison_findings>().size();
  }

  mailbox_comparison_actor compares;
  comparison_by_hand_settings settings;
  comparison_wish wish;
  std::vector<std::string> told;
  std::optional<caf::error> ended;
  bool node_runs = false;
  uint32_t not_found = 0; // 404s so far
  std::set<message_id> deleted;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(comparison_by_hand_test, by_hand_fixture)

BOOST_AUTO_TEST_CASE(what_is_compared_is_judged_and_counted) {
  answers({an_answer(200, a_page(a_message("m1"), "c1")), an_answer(200, a_page(a_message("m2")))});
  start();
  BOOST_REQUIRE((ended && !*ended));
  BOOST_TEST(wish.outcome->comparison == 42);
  BOOST_TEST(wish.outcome->messages == 7u);
  BOOST_TEST(wish.outcome->threads == 3u);
  BOOST_TEST(wish.outcome->calls == 2u);
  auto judged = database.asked<pg::end_comparison>();
  BOOST_REQUIRE(judged.size() == 1u);
  BOOST_TEST(judged[0].comparison == 42);
  BOOST_TEST(judged[0].calls == 2u);
  BOOST_TEST(looks() == 1u);
  BOOST_TEST(told.empty());
}

BOOST_AUTO_TEST_CASE(who_only_looks_stores_nothing) {
  settings.comparison.mends = false;
  differing = {"m1"};
  findings = {{"gone", "extra", "", 1}, {"m1", "differing", "subject", 1}};
  answer = [](const call_grant& call) -> caf::result<api_answered> {
    if (call.call.target.find("/messages/gone") != std::string::npos)
      return an_answer(404, an_error("not_found_error", "gone"));
    return an_answer(200, R"({"data":[)" + a_message("m1") + R"(,"nonsense"]})");
  };
  start();
  BOOST_REQUIRE((ended && !*ended));
  BOOST_TEST(stored.empty());
  BOOST_TEST(!database.asked<compare_page>().at(0).mend);
  BOOST_TEST(database.asked<compare_page>().at(0).rejected.size() == 1u); // it breaks its day
  BOOST_TEST(database.asked<pg::distrust_messages>().empty());
  BOOST_TEST(database.asked<pg::note_not_listed>().empty());
  BOOST_TEST(database.asked<pg::claim_refetches_of>().empty());
  BOOST_TEST(wish.outcome->found.size() == 2u);
  BOOST_TEST(wish.outcome->calls == 2u);
  BOOST_TEST(wish.outcome->undecided == 0u);
}

BOOST_AUTO_TEST_CASE(of_each_kind_some_are_named) {
  settings.comparison.mends = false;
  settings.findings_max = 2;
  for (const auto* id : {"a", "b", "c"})
    findings.push_back({id, "differing", "subject", 3});
  findings.push_back({"d", "missing", "", 1});
  start();
  BOOST_REQUIRE(wish.outcome->found.size() == 3u);
  BOOST_TEST(wish.outcome->found[1].id == "b");
  BOOST_TEST(wish.outcome->found[2].id == "d");
}

BOOST_AUTO_TEST_CASE(where_a_node_writes_what_differs_is_looked_at_three_times_more) {
  look_while_a_node_writes();
  BOOST_TEST(!ended);
  BOOST_TEST(told.size() == 1u);
  for (int i = 0; i < 20; ++i)
    advance(450ms);
  BOOST_TEST(looks() == 3u);
  findings = {{"m1", "in flight", "", 1}};
  advance(1s);
  BOOST_TEST((ended && !*ended));
  BOOST_TEST(looks() == 4u);
  BOOST_TEST(wish.outcome->found.at(0).what == "in flight");
}

BOOST_AUTO_TEST_CASE(what_is_there_a_moment_later_is_not_waited_for) {
  look_while_a_node_writes();
  findings.clear();
  advance(1s);
  BOOST_TEST(ended.has_value());
  BOOST_TEST(looks() == 2u);
}

BOOST_AUTO_TEST_CASE(a_throttled_list_is_waited_for_and_told_once) {
  auto busy = an_answer(429, an_error("rate_limit_error", "slow down"));
  busy.retry_after = "7";
  answers({busy, busy, an_answer(200, a_page(a_message("m1")))});
  start();
  advance(7s);
  BOOST_TEST(!ended);
  advance(7s);
  BOOST_TEST((ended && !*ended));
  BOOST_REQUIRE(told.size() == 1u);
  BOOST_TEST(told[0].find("HTTP 429") != std::string::npos, told[0]);
  BOOST_TEST(wish.outcome->calls == 3u);
}

BOOST_AUTO_TEST_CASE(a_list_that_begins_again_is_another_comparison) {
  answers({an_answer(200, a_page(a_message("m1"), "c1")),
           an_answer(400, an_error("invalid_request_error", "invalid page_token")),
           an_answer(200, a_page(a_message("m1")))});
  start();
  advance(2s);
  BOOST_TEST((ended && !*ended));
  BOOST_TEST(database.asked<pg::drop_comparison>().size() == 1u);
  BOOST_TEST(database.asked<pg::begin_comparison>().size() == 2u);
  BOOST_TEST(database.asked<pg::end_comparison>().size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_list_that_is_refused_judges_nothing) {
  answer = [](const call_grant&) -> caf::result<api_answered> {
    return caf::make_error(ec::grant_paused, std::string{"HTTP 401"});
  };
  start();
  BOOST_REQUIRE((ended && *ended == ec::grant_paused));
  BOOST_TEST(wish.outcome->comparison == 42); // for who drops it
  BOOST_TEST(database.asked<pg::end_comparison>().empty());
}

BOOST_AUTO_TEST_CASE(what_differs_is_stored_page_by_page_where_it_mends) {
  differing = {"m1", "m3"};
  answers({an_answer(200, a_page(a_message("m1") + ',' + a_message("m2"), "c1")),
           an_answer(200, a_page(a_message("m3")))});
  start();
  BOOST_TEST((ended && !*ended));
  BOOST_REQUIRE(stored.size() == 2u);
  BOOST_TEST(stored[0].messages.size() == 1u);
  BOOST_TEST(database.asked<compare_page>().at(0).mend);
  BOOST_TEST(database.asked<pg::keep_certification>().empty());
  BOOST_TEST(wish.outcome->mended == 2u);
}

BOOST_AUTO_TEST_CASE(what_the_database_alone_has_is_decided_by_two_404s) {
  findings = {{"gone", "extra", "", 1}};
  answer = [](const call_grant& call) -> caf::result<api_answered> {
    if (call.call.target.find("/messages/gone") != std::string::npos)
      return an_answer(404, an_error("not_found_error", "gone"));
    return an_answer(200, a_page(""));
  };
  start();
  BOOST_TEST(!ended);
  BOOST_REQUIRE(told.size() == 1u);
  BOOST_TEST(told[0].find("1 messages are in the database alone") == 0u, told[0]);
  advance(500ms);
  BOOST_TEST((ended && !*ended));
  BOOST_TEST(wish.outcome->deleted == 1u);
  BOOST_TEST(wish.outcome->undecided == 0u);
}

BOOST_AUTO_TEST_CASE(what_is_there_after_all_is_stored) {
  findings = {{"there", "extra", "", 1}};
  answer = [](const call_grant& call) -> caf::result<api_answered> {
    if (call.call.target.find("/messages/there") != std::string::npos)
      return an_answer(200, R"({"request_id":"r","data":)" + a_message("there") + "}");
    return an_answer(200, a_page(""));
  };
  start();
  BOOST_TEST((ended && !*ended));
  BOOST_REQUIRE(stored.size() == 1u);
  BOOST_TEST(stored[0].messages.at(0).id.value == "there");
  BOOST_TEST(wish.outcome->deleted == 0u);
  BOOST_TEST(wish.outcome->undecided == 0u);
}

BOOST_AUTO_TEST_CASE(what_nobody_can_decide_is_told) {
  settings.resolve_limit = 2s;
  findings = {{"away", "extra", "", 1}};
  answer = [](const call_grant& call) -> caf::result<api_answered> {
    if (call.call.target.find("/messages/away") != std::string::npos)
      return an_answer(500, an_error("api.internal_error", "no"));
    return an_answer(200, a_page(""));
  };
  start();
  for (int i = 0; i < 5; ++i)
    advance(500ms);
  BOOST_TEST((ended && !*ended));
  BOOST_TEST(wish.outcome->undecided == 1u);
}

BOOST_AUTO_TEST_SUITE_END()
