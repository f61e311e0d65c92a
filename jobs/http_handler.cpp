#include "jobs/http_handler.hpp"

#include "actors/observed_actor.hpp"
#include "actors/promised_answer.hpp"
#include "base/printable.hpp"
#include "base/utf8.hpp"
#include "jobs/envelope.hpp"
#include "json/json_reader.hpp"
#include "messages/error_code.hpp"
#include "messages/timed_request.hpp"

#include <caf/typed_event_based_actor.hpp>
#include <curl/curl.h>
#include <rapidjson/document.h>

#include <algorithm>
#include <charconv>
#include <memory>
#include <string_view>
#include <utility>

namespace nova::jobs {
namespace {

using namespace std::chrono_literals;

constexpr size_t outcome_text_max = 500;
constexpr std::chrono::milliseconds wait_usual{30'000}, wait_least{1'000}, wait_most{24h};
constexpr std::chrono::milliseconds spare_most{1'000};
// The caller answers in time; this is for a caller that is gone.
constexpr std::chrono::milliseconds caller_grace{5'000};
constexpr int ok_first = 200, redirect_first = 300, redirect_last = 399, server_first = 500;

std::string printable_start(std::string_view text) {
  // What is cut off anyway need not be looked through.
  auto printable = base::printable(text.substr(0, 2 * outcome_text_max));
  return std::string{base::start_of(printable, outcome_text_max)};
}

std::chrono::milliseconds wait_of(const std::string& retry_after, base::wall_time now) {
  if (retry_after.empty())
    return wait_usual;
  int64_t seconds = 0;
  auto* last = retry_after.data() + retry_after.size();
  auto [end, failure] = std::from_chars(retry_after.data(), last, seconds);
  if (end != last || failure == std::errc::invalid_argument) {
    auto date = curl_getdate(retry_after.c_str(), nullptr);
    if (date < 0)
      return wait_usual;
    seconds = static_cast<int64_t>(date) - base::seconds_of(now);
  } else if (failure == std::errc::result_out_of_range) {
    return retry_after.front() == '-' ? wait_least : wait_most;
  }
  auto most = std::chrono::duration_cast<std::chrono::seconds>(wait_most).count();
  return std::max<std::chrono::milliseconds>(
    std::chrono::seconds{std::clamp<int64_t>(seconds, 0, most)}, wait_least);
}

job_outcome outcome_of_failure(const url_called& answer) {
  auto what = [&] {
    switch (answer.failure) {
      case call_failure::bad_url:
      case call_failure::address_refused:
      case call_failure::too_large: return verdict::fail;
      case call_failure::busy: return verdict::snooze;
      default: return verdict::retry;
    }
  }();
  job_outcome outcome{what, to_string(answer.failure), printable_start(answer.text)};
  if (what == verdict::snooze)
    outcome.after = wait_least;
  return outcome;
}

verdict verdict_of_status(int status) {
  switch (status) {
    case 401:
    case 403:
    case 408:
    case 425: return verdict::retry;
    case 429:
    case 503: return verdict::snooze;
    default: break;
  }
  if (status >= ok_first && status < redirect_first)
    return verdict::done;
  return status >= server_first ? verdict::retry : verdict::fail;
}

/// What an `http_handler` knows of the batch in its hands.
struct http_handler_state : observed {
  static inline const char* name = "http_handler";

  explicit http_handler_state(handler_actor::pointer self) : observed(self), self(self) {}

  caf::result<batch_outcome> run(const job_batch& batch);

  handler_actor::pointer self;
  http_handler_settings settings;
  http_caller_actor caller;

private:
  struct running_batch {
    promised_answer<batch_outcome> answer;
    batch_outcome outcome;
    size_t left = 0;
  };

  void post(const claimed_job& job, size_t place, const std::shared_ptr<running_batch>& of);
  static void ended(running_batch& of, size_t place, job_outcome outcome);
};

caf::result<batch_outcome> http_handler_state::run(const job_batch& batch) {
  auto running = std::make_shared<running_batch>();
  running->answer = owe_answer<batch_outcome>(self);
  running->left = batch.jobs->size();
  running->outcome.outcomes.resize(running->left);
  if (running->left == 0)
    running->answer.deliver(batch_outcome{});
  for (size_t place = 0; place < batch.jobs->size(); ++place)
    post((*batch.jobs)[place], place, running);
  return running->answer;
}

void http_handler_state::post(const claimed_job& job, size_t place,
                              const std::shared_ptr<running_batch>& of) {
  doing("post " + name_of(job));
  timed_request(self, caller, settings.timeout + caller_grace, call_of(settings, job))
    .then([place,
           of](url_called& answer) { ended(*of, place, verdict_of(answer, base::wall_now())); },
          [place, of](const caf::error& reason) {
            job_outcome outcome{verdict::snooze, "busy", printable_start(describe(reason))};
            outcome.after = wait_least;
            ended(*of, place, std::move(outcome));
          });
}

void http_handler_state::ended(running_batch& of, size_t place, job_outcome outcome) {
  of.outcome.outcomes[place] = std::move(outcome);
  if (--of.left == 0)
    of.answer.deliver(std::move(of.outcome));
}

handler_actor::behavior_type
http_handler_behavior(observed_pointer<handler_actor, http_handler_state> self, directory_slot slot,
                      http_handler_settings settings, http_caller_actor caller) {
  self->state.slot = std::move(slot);
  self->state.settings = std::move(settings);
  self->state.caller = std::move(caller);
  return {
    [self](const job_batch& batch) { return self->state.run(batch); },
  };
}

} // namespace

http_handler_settings http_settings_of(const pg::set_handler& row) {
  rapidjson::Document config;
  http_handler_settings made;
  made.timeout = row.timeout;
  if (!json::parse(config, row.config) || !config.IsObject())
    return made; // without a URL, which each job then says
  auto text = [&](const char* key) {
    auto found = config.FindMember(key);
    return found != config.MemberEnd() && found->value.IsString()
             ? std::string{found->value.GetString(), found->value.GetStringLength()}
             : std::string{};
  };
  made.url = text("url");
  made.secret_name = text("secret_name");
  auto allowed = config.FindMember("allow_private");
  made.allow_private = allowed != config.MemberEnd() && allowed->value.IsTrue();
  return made;
}

handler http_handler(http_handler_settings settings, http_caller_actor caller) {
  handler made;
  made.timeout = settings.timeout;
  made.start = [settings = std::move(settings), caller = std::move(caller)](
                 caf::local_actor* parent, directory_slot slot) -> handler_actor {
    return parent->spawn<caf::linked>(http_handler_behavior, std::move(slot), settings, caller);
  };
  return made;
}

call_url call_of(const http_handler_settings& settings, const claimed_job& job) {
  call_url call;
  call.url = settings.url;
  call.body = envelope_of(job);
  call.headers = {"Idempotency-Key: " + effect_key_of(job),
                  "X-Nova-Attempt: " + std::to_string(job.attempts + 1)};
  call.secret_name = settings.secret_name;
  call.allow_private = settings.allow_private;
  call.timeout = settings.timeout - std::min(settings.timeout / 10, spare_most);
  return call;
}

job_outcome verdict_of(const url_called& answer, base::wall_time now) {
  auto answered = answer.failure == call_failure::none
                  // A page of an error is as good as its status, however long it is.
                  || (answer.failure == call_failure::too_large && answer.status >= redirect_first);
  if (!answered)
    return outcome_of_failure(answer);
  job_outcome outcome{verdict_of_status(answer.status)};
  if (outcome.what == verdict::done)
    return outcome;
  auto redirect = answer.status >= redirect_first && answer.status <= redirect_last;
  outcome.error_class = redirect ? "http_redirect" : "http_" + std::to_string(answer.status);
  auto text =
    "HTTP " + std::to_string(answer.status)
    + (redirect ? ", a redirect, which is not followed; give the handler the address that it "
                  "leads to"
                : "");
  outcome.text = printable_start(answer.body.empty() ? text : text + ": " + answer.body);
  if (outcome.what == verdict::snooze)
    outcome.after = wait_of(answer.retry_after, now);
  return outcome;
}

} // namespace nova::jobs
