#include "app/provider_reader.hpp"

#include "base/clock.hpp"

#include <algorithm>
#include <stdexcept>
#include <thread>

namespace nova::app {
namespace {

constexpr int tries_max = 6;
constexpr std::chrono::milliseconds network_wait{1000};
constexpr std::chrono::milliseconds pause_first{100}; // doubled with each try
constexpr std::chrono::milliseconds pause_max{30'000};

int64_t now_us() {
  return base::wall_now().time_since_epoch().count();
}

std::string reason_of(const nylas::api_response& response) {
  if (response.status == 0)
    return response.failure;
  auto said = nylas::parse_error(response.body);
  return "HTTP " + std::to_string(response.status)
         + (said.message.empty() ? "" : " (" + said.message + ")");
}

} // namespace

std::string with_advice(const std::string& reason) {
  if (!reason.starts_with("HTTP 401"))
    return reason;
  return reason
         + ": NYLAS_API_KEY is wrong or belongs to another region than NYLAS_API_URI, or the grant "
           "has expired; `nova doctor` says which";
}

nylas::api_response provider_reader::call(const nylas::api_request& request) {
  std::optional<nylas::api_response> answer;
  transport_.start(request, [&](nylas::api_response response) { answer = std::move(response); });
  while (!answer)
    transport_.run_once(network_wait);
  ++calls_;
  return std::move(*answer);
}

nylas::api_response provider_reader::answer_to(const nylas::api_request& request,
                                               const std::string& what) {
  std::string reason;
  auto pause = pause_first;
  for (int tries = 0; tries < tries_max; ++tries, pause *= 2) {
    auto response = call(request);
    auto verdict = nylas::classify(request, response);
    if (verdict == nylas::verdict::ok)
      return response;
    reason = reason_of(response);
    if (verdict != nylas::verdict::transient && verdict != nylas::verdict::throttle)
      break;
    auto asked = nylas::find_retry_after(response, base::wall_now());
    // A command may wait: its user sees that it does.
    std::this_thread::sleep_for(std::min(asked.value_or(pause), pause_max));
  }
  throw std::runtime_error(what + ": " + with_advice(reason));
}

template <class Item>
provider_answer<nylas::page<Item>>
provider_reader::list_with(const nylas::api_request& request, const std::string& what,
                           nylas::parsed<nylas::page<Item>> (*parse)(std::string)) {
  auto lo = now_us();
  for (int tries = 0; tries < tries_max; ++tries) {
    auto answer = answer_to(request, what);
    auto bytes = answer.body.size();
    if (auto page = parse(std::move(answer.body)))
      return {std::move(*page), lo, now_us(), bytes, answer.gmail_quota_usage};
  }
  throw std::runtime_error(what + ": the answer is not what the API promises");
}

provider_answer<nylas::page<email_message>>
provider_reader::list(const nylas::message_query& query) {
  return list_with(nylas::list_messages(query), "the provider's messages cannot be listed",
                   nylas::parse_message_page);
}

provider_answer<nylas::page<nylas::thread>>
provider_reader::list(const nylas::thread_query& query) {
  return list_with(nylas::list_threads(query), "the provider's threads cannot be listed",
                   nylas::parse_thread_page);
}

} // namespace nova::app
