#include "actors/direct_calls.hpp"

#include "messages/error_code.hpp"
#include "tests/unit/actors/provider_fake.hpp"

#include <boost/test/unit_test.hpp>

using namespace nova;
using namespace nova::test;

namespace {

struct direct_fixture : actor_fixture {
  direct_fixture() {
    http = system.spawn([this](http_client_actor::pointer) -> http_client_actor::behavior_type {
      return {[this](const nylas::api_request& request) -> caf::result<api_answered> {
        if (busy)
          return ec::overloaded;
        return judged(request, said);
      }};
    });
    door = system.spawn(direct_calls, directory_slot{}, http);
  }

  ~direct_fixture() {
    self->send_exit(door, caf::exit_reason::kill);
    self->send_exit(http, caf::exit_reason::kill);
    run();
  }

  void call() {
    answered.reset();
    refused.reset();
    call_grant request;
    request.grant = grant_id{"g1"};
    request.call.target = "/v3/grants/g1/messages";
    ask(
      door, request, [this](const api_answered& answer) { answered = answer; },
      [this](const caf::error& reason) { refused = reason; });
  }

  api_answered said;
  bool busy = false;
  std::optional<api_answered> answered;
  std::optional<caf::error> refused;
  http_client_actor http;
  grants_actor door;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(direct_calls_test, direct_fixture)

BOOST_AUTO_TEST_CASE(what_the_provider_says_is_passed_on) {
  said = an_answer(200, a_page(""));
  call();
  BOOST_REQUIRE(answered.has_value());
  BOOST_TEST((answered->verdict == nylas::verdict::ok));

  said = an_answer(429, an_error("rate_limit_error", "slow down"));
  call();
  BOOST_REQUIRE(answered.has_value());
  BOOST_TEST((answered->verdict == nylas::verdict::throttle));
}

BOOST_AUTO_TEST_CASE(a_refusal_is_an_error_with_what_was_said) {
  said = an_answer(401, an_error("unauthorized", "no such key"));
  call();
  BOOST_REQUIRE(refused.has_value());
  BOOST_TEST((*refused == ec::grant_paused));
  BOOST_TEST(describe(*refused).find("no such key") != std::string::npos, describe(*refused));
}

BOOST_AUTO_TEST_CASE(a_pause_keeps_nobody_from_looking) {
  said = an_answer(200, a_page(""));
  self->send(door, pause_grant{grant_id{"g1"}, "the inbox is auth_expired"});
  call();
  BOOST_TEST(answered.has_value());
}

BOOST_AUTO_TEST_CASE(what_could_not_be_called_is_told) {
  busy = true;
  call();
  BOOST_REQUIRE(refused.has_value());
  BOOST_TEST((*refused == ec::overloaded));
}

BOOST_AUTO_TEST_SUITE_END()
