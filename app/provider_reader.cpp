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

[[noreturn]] void explain_refusal(const std::string& what, const std::string& reason) {
  throw std::runtime_error(
    what + ": " + reason
    + ": NYLAS_API_KEY is wrong or belongs to another region than NYLAS_API_URI, or the grant "
      "has expired; `nova doctor` says which");
}

} // namespace

nylas::api_response provider_reader::call(const nylas::api_request& request) {
  std::optional<nylas::api_response> answer;
  transport_.start(request, [&](nylas::api_response response) { answer = std::move(response); });
  while (!answer)
    transport_.run_once(network_wait);
  ++calls_;
  return std::move(*answer);
}

std::optional<nylas::api_response> provider_reader::answer_to(const nylas::api_request& request,
                                                              const std::string& what) {
  std::string reason;
  auto pause = pause_first;
  for (int tries = 0; tries < tries_max; ++tries, pause *= 2) {
    auto response = call(request);
    auto verdict = nylas::classify(request, response);
    if (verdict == nylas::verdict::ok)
      return response;
    if (verdict == nylas::verdict::gone)
      return std::nullopt;
    reason = reason_of(response);
    if (response.status == 401)
      explain_refusal(what, reason);
    if (verdict != nylas::verdict::transient && verdict != nylas::verdict::throttle)
      break;
    auto asked = nylas::find_retry_after(response, base::wall_now());
    // A command may wait: its user sees that it does.
    std::this_thread::sleep_for(std::min(asked.value_or(pause), pause_max));
  }
  throw std::runtime_error(what + ": " + reason);
}

template <class Item>
provider_answer<nylas::page<Item>>
provider_reader::list_with(const nylas::api_request& request, const std::string& what,
                           nylas::parsed<nylas::page<Item>> (*parse)(std::string)) {
  auto lo = now_us();
  for (int tries = 0; tries < tries_max; ++tries) {
    auto answer = answer_to(request, what);
    if (!answer)
      throw std::runtime_error(what + ": HTTP 404, the grant is not known there");
    auto bytes = answer->body.size();
    if (auto page = parse(std::move(answer->body)))
      return {std::move(*page), lo, now_us(), bytes, answer->gmail_quota_usage};
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

provider_answer<std::optional<email_message>> provider_reader::get(std::string_view grant_id,
                                                                   std::string_view message_id,
                                                                   std::string_view provider) {
  const auto what = "message " + std::string(message_id) + " cannot be read";
  auto lo = now_us();
  auto answer = answer_to(nylas::get_message(grant_id, message_id, provider), what);
  if (!answer)
    return {std::nullopt, lo, now_us()};
  auto message = nylas::parse_message(std::move(answer->body));
  if (!message)
    throw std::runtime_error(what + ": " + to_string(message.error()));
  return {std::move(*message), lo, now_us()};
}

pg::message_columns columns_of(const std::vector<email_message>& messages,
                               std::string_view inbox_id, int64_t lo, int64_t hi) {
  pg::message_columns columns;
  for (const auto& message : messages)
    if (message.object == "message")
      columns.add(inbox_id, message, "reconcile", lo, hi);
  return columns;
}

} // namespace nova::app
