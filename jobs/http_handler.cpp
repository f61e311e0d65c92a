#include "jobs/http_handler.hpp"

#include "actors/observed_actor.hpp"
#include "actors/promised_answer.hpp"
#include "base/json_text.hpp"
#include "base/printable.hpp"
#include "base/utf8.hpp"
#include "messages/error_code.hpp"
#include "messages/timed_request.hpp"

#include <caf/typed_event_based_actor.hpp>
#include <curl/curl.h>

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
  call_url call;
  call.url = settings.url;
  call.body = envelope_of(job);
  call.headers = {"Idempotency-Key: " + key_of_effects(job),
                  "X-Nova-Attempt: " + std::to_string(job.attempts + 1)};
  call.secret_name = settings.secret_name;
  call.allow_private = settings.allow_private;
  call.timeout = settings.timeout - std::min(settings.timeout / 10, spare_most);
  timed_request(self, caller, settings.timeout + caller_grace, std::move(call))
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

handler http_handler(http_handler_settings settings, http_caller_actor caller) {
  handler made;
  made.timeout = settings.timeout;
  made.start = [settings = std::move(settings), caller = std::move(caller)](
                 caf::local_actor* parent, directory_slot slot) -> handler_actor {
    return parent->spawn<caf::linked>(http_handler_behavior, std::move(slot), settings, caller);
  };
  return made;
}

std::string key_of_effects(const claimed_job& job) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string key;
  for (char c : name_of(job)) {
    auto byte = static_cast<unsigned char>(c);
    if (c == ' ')
      key += '-';
    else if (c > ' ' && c <= '~' && c != '%')
      key += c;
    else
      (key += '%').append({digits[byte >> 4], digits[byte & 15]});
  }
  return key;
}

std::string envelope_of(const claimed_job& job) {
  auto of_message = job.from == source::message;
  std::string json;
  json.reserve(job.body.size() + job.headers.size() + 512);
  auto text = [&](std::string_view name, std::string_view value) {
    json.append(",\"").append(name).append("\":").append(base::json_string(value));
  };
  auto part = [&](std::string_view name, std::string_view value) {
    json.append(",\"").append(name).append("\":").append(value.empty() ? "null" : value);
  };
  json += "{\"id\":" + std::to_string(job.id);
  text("type", job.type);
  text("transport", of_message ? job.place : "");
  text("queue", of_message ? job.queue : job.place);
  text("tenant", job.tenant);
  part("attempt", std::to_string(job.attempts + 1));
  text("key", key_of_effects(job));
  part("headers", job.headers);
  part("body", job.body);
  json += '}';
  return json;
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
