#include "actors/supervision.hpp"

#include "messages/error_code.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <caf/error.hpp>
#include <caf/exit_reason.hpp>

#include <ostream>

using namespace nova;
using namespace std::chrono_literals;

namespace nova {

std::ostream& operator<<(std::ostream& out, const decision& x) {
  return out << to_string(x.what) << " after " << x.delay.count() << " ms";
}

} // namespace nova

namespace {

struct row {
  const char* name;
  restart_policy restart;
  child_ending ending;
  verdict below_limit;
  verdict at_limit;

  friend std::ostream& operator<<(std::ostream& out, const row& x) {
    return out << x.name;
  }
};

constexpr auto permanent = restart_policy::permanent;
constexpr auto transient = restart_policy::transient;
constexpr auto temporary = restart_policy::temporary;

constexpr row every_end[] = {
  {"permanent normal", permanent, child_ending::normal, verdict::restart, verdict::escalate},
  {"permanent abnormal", permanent, child_ending::abnormal, verdict::restart, verdict::escalate},
  {"permanent lost", permanent, child_ending::node_lost, verdict::restart, verdict::restart},
  {"transient normal", transient, child_ending::normal, verdict::forget, verdict::forget},
  {"transient abnormal", transient, child_ending::abnormal, verdict::restart, verdict::escalate},
  {"transient lost", transient, child_ending::node_lost, verdict::restart, verdict::restart},
  {"temporary normal", temporary, child_ending::normal, verdict::forget, verdict::forget},
  {"temporary abnormal", temporary, child_ending::abnormal, verdict::forget, verdict::forget},
  {"temporary lost", temporary, child_ending::node_lost, verdict::forget, verdict::forget},
};

struct fixture {
  fixture() {
    rules.limit = {1, 10s};
    rules.backoff = {100ms, 1000ms, 2.0, 0.0};
  }

  decision decide_on(restart_policy restart, child_ending ending, uint32_t ends_in_row = 0) {
    return decide(rules, {restart, ending, ends_in_row}, history, now, random);
  }

  supervision_rules rules;
  restart_history history;
  restart_history::time_point now{};
  std::mt19937_64 random{1};
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(supervision_test, fixture)

BOOST_DATA_TEST_CASE_F(fixture, each_end_has_its_verdict, boost::unit_test::data::make(every_end),
                       end) {
  BOOST_TEST(to_string(decide_on(end.restart, end.ending).what) == to_string(end.below_limit));
}

BOOST_DATA_TEST_CASE_F(fixture, a_used_up_limit_escalates_only_what_counts,
                       boost::unit_test::data::make(every_end), end) {
  BOOST_TEST(history.admit(now, rules.limit));
  BOOST_TEST(to_string(decide_on(end.restart, end.ending).what) == to_string(end.at_limit));
}

BOOST_AUTO_TEST_CASE(as_many_restarts_as_the_limit_says_are_allowed_and_not_one_more) {
  for (auto i = 0; i < 5; ++i)
    BOOST_TEST(history.admit(now + i * 1s, {5, 10s}));
  BOOST_TEST(!history.admit(now + 9999ms, {5, 10s}));
}

BOOST_AUTO_TEST_CASE(a_restart_leaves_the_window_at_its_very_end) {
  BOOST_TEST(history.admit(now, {1, 10s}));
  BOOST_TEST(!history.admit(now + 10s - 1ns, {1, 10s}));
  BOOST_TEST(history.admit(now + 10s, {1, 10s}));
}

BOOST_AUTO_TEST_CASE(a_refused_restart_does_not_lengthen_the_window) {
  BOOST_TEST(history.admit(now, {1, 10s}));
  BOOST_TEST(!history.admit(now + 5s, {1, 10s}));
  BOOST_TEST(history.admit(now + 10s, {1, 10s}));
}

BOOST_AUTO_TEST_CASE(a_limit_of_zero_allows_no_restart) {
  rules.limit = {0, 10s};
  BOOST_TEST(to_string(decide_on(permanent, child_ending::abnormal).what) == "escalate");
}

BOOST_AUTO_TEST_CASE(as_many_restarts_in_a_row_as_the_limit_says_are_allowed_and_not_one_more) {
  rules.limit = {100, 10s, 3};
  BOOST_TEST(to_string(decide_on(permanent, child_ending::abnormal, 2).what) == "restart");
  BOOST_TEST(to_string(decide_on(permanent, child_ending::abnormal, 3).what) == "escalate");
  BOOST_TEST(to_string(decide_on(permanent, child_ending::node_lost, 3).what) == "restart");
  BOOST_TEST(describe(rules.limit, 3) == "3 restarts in a row, each of less than 10 s");
  BOOST_TEST(describe(rules.limit, 2) == "more than 100 restarts in 10 s");
}

BOOST_AUTO_TEST_CASE(the_delay_doubles_with_each_end_in_a_row_up_to_its_bound) {
  rules.limit.restarts_max = 100;
  rules.limit.in_row_max = 5'000'000;
  for (auto [ends, delay] : {std::pair{0, 100ms},
                             {1, 200ms},
                             {2, 400ms},
                             {3, 800ms},
                             {4, 1000ms},
                             {5, 1000ms},
                             {4'000'000, 1000ms}}) {
    auto expected = decision{verdict::restart, delay};
    BOOST_TEST(decide_on(permanent, child_ending::abnormal, static_cast<uint32_t>(ends))
               == expected);
  }
}

BOOST_AUTO_TEST_CASE(a_lost_node_costs_neither_a_restart_nor_a_delay) {
  for (auto i = 0; i < 1000; ++i)
    BOOST_TEST(decide_on(permanent, child_ending::node_lost, 9)
               == (decision{verdict::restart, 0ms}));
  BOOST_TEST(to_string(decide_on(permanent, child_ending::abnormal).what) == "restart");
}

BOOST_AUTO_TEST_CASE(exit_reasons_are_sorted_into_done_failed_and_lost) {
  auto sorted = [](const caf::error& reason) { return to_string(classify(reason)); };
  BOOST_TEST(sorted({}) == "normal");
  BOOST_TEST(sorted(caf::exit_reason::normal) == "normal");
  BOOST_TEST(sorted(caf::exit_reason::user_shutdown) == "normal");
  BOOST_TEST(sorted(caf::exit_reason::kill) == "abnormal");
  BOOST_TEST(sorted(caf::exit_reason::unreachable) == "abnormal");
  BOOST_TEST(sorted(caf::exit_reason::remote_link_unreachable) == "node_lost");
  BOOST_TEST(sorted(caf::make_error(ec::crashed, std::string{"x"})) == "abnormal");
  // Number 6 of our own codes must not be taken for number 6 of CAF's exit reasons.
  BOOST_TEST(sorted(caf::error{6, caf::atom("nova")}) == "abnormal");
}

BOOST_AUTO_TEST_CASE(a_reason_is_described_by_its_name_and_its_text) {
  BOOST_TEST(describe({}) == "normal");
  BOOST_TEST(describe(ec::stale_claim) == "stale_claim");
  BOOST_TEST(describe(caf::make_error(ec::crashed, std::string{"row 3"})) == "crashed: row 3");
  BOOST_TEST(describe(caf::exit_reason::kill) == "kill");
  BOOST_TEST(describe(caf::sec::request_timeout) == "request_timeout");
}

BOOST_AUTO_TEST_SUITE_END()
