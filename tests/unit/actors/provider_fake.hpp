#pragma once

#include "actors/grant_calls.hpp"
#include "messages/error_code.hpp"
#include "tests/support/actor_fixture.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <functional>
#include <string>
#include <vector>

namespace nova::test {

/// As `http_client` judges.
inline api_answered judged(const nylas::api_request& request, api_answered answer) {
  answer.verdict = nylas::classify(request, answer);
  return answer;
}

inline api_answered an_answer(int32_t status, std::string body) {
  api_answered answer;
  answer.status = status;
  answer.body = std::move(body);
  answer.started_at = 1000;
  answer.answered_at = 2000;
  return judged({}, std::move(answer));
}

inline std::string an_error(const std::string& type, const std::string& message) {
  return R"({"request_id":"r","error":{"type":")" + type + R"(","message":")" + message + R"("}})";
}

/// A list answer of the API: `items` are JSON objects, separated by commas.
inline std::string a_page(const std::string& items, const std::string& next_cursor = {}) {
  auto cursor = next_cursor.empty() ? "" : R"(,"next_cursor":")" + next_cursor + '"';
  return R"({"request_id":"r","data":[)" + items + "]" + cursor + "}";
}

inline std::string a_message(const std::string& id, const std::string& object = "message") {
  return R"({"object":")" + object + R"(","id":")" + id
         + R"(","grant_id":"g1","thread_id":"t1","subject":"s","date":1700000000})";
}

/// An actor system with a door to an API that answers as the test says.
struct provider_fixture : actor_fixture {
  provider_fixture() {
    grants = system.spawn([this](grants_actor::pointer door) -> grants_actor::behavior_type {
      return {
        [this, door](const call_grant& call) -> caf::result<api_answered> {
          calls.push_back(call);
          last_caller = door->current_sender();
          grants_door = door;
          auto answered = answer(call);
          if (answered.flag == caf::rt_value) {
            auto& what = answered.value.get_mutable_as<api_answered>(0);
            what = judged(call.call, std::move(what));
          }
          return answered;
        },
        [this](const pause_grant& request) { paused.push_back(request); },
        [this](const resume_grant& request) { resumed.push_back(request); },
      };
    });
  }

  ~provider_fixture() {
    self->send_exit(grants, caf::exit_reason::kill);
    last_caller = nullptr;
    run();
  }

  /// Every call gets these answers in turn, the last of them from then on.
  void answers(std::vector<api_answered> all) {
    answer = [all, next = size_t{0}](const call_grant&) mutable -> caf::result<api_answered> {
      auto which = std::min(next++, all.size() - 1);
      return all[which];
    };
  }

  /// Every call fails.
  void refuses(ec code) {
    answer = [code](const call_grant&) -> caf::result<api_answered> { return code; };
  }

  std::vector<call_grant> calls;
  caf::strong_actor_ptr last_caller;
  grants_actor::pointer grants_door = nullptr; // for an answer that is given later
  std::vector<pause_grant> paused;
  std::vector<resume_grant> resumed;
  std::function<caf::result<api_answered>(const call_grant&)> answer =
    [](const call_grant&) -> caf::result<api_answered> { return an_answer(200, a_page("")); };
  grants_actor grants;
};

} // namespace nova::test
