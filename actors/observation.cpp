#include "actors/observation.hpp"

#include "nylas/parse.hpp"

#include <algorithm>

namespace nova {
namespace {

constexpr size_t description_max = 300;

} // namespace

call_api to_call(nylas::api_request&& request) {
  call_api call;
  call.target = std::move(request.target);
  call.timeout_ms = static_cast<uint32_t>(request.timeout.count());
  call.body_max = request.body_max;
  return call;
}

api_result judge(const nylas::api_request& request, api_answered&& answer) {
  api_result result;
  result.started_at = answer.started_at;
  result.answered_at = answer.answered_at;
  auto& response = result.response;
  response.status = answer.status;
  response.body = std::move(answer.body);
  response.failure = std::move(answer.failure);
  response.request_id = std::move(answer.request_id);
  response.retry_after = std::move(answer.retry_after);
  if (answer.gmail_quota_usage)
    response.gmail_quota_usage = *answer.gmail_quota_usage;
  if (answer.provider_requests)
    response.provider_requests = *answer.provider_requests;
  response.too_large = answer.too_large;
  response.share = std::move(answer.share);
  result.alone = answer.alone;
  result.verdict = nylas::classify(request, response);
  return result;
}

std::string describe(const nylas::api_response& response) {
  if (response.status == 0)
    return "no answer: " + response.failure.substr(0, description_max);
  auto error = nylas::parse_error(response.body);
  auto text = "HTTP " + std::to_string(response.status) + ' ' + error.type
              + (error.type.empty() ? "" : ": ") + error.message;
  std::replace_if(
    text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < ' '; }, ' ');
  return text.substr(0, description_max);
}

std::chrono::milliseconds retry_after(const nylas::api_response& response,
                                      std::chrono::milliseconds otherwise) {
  return nylas::find_retry_after(response, std::chrono::system_clock::now()).value_or(otherwise);
}

} // namespace nova
