#pragma once

#include "messages/api_calls.hpp"
#include "messages/mail_writes.hpp"
#include "nylas/api.hpp"
#include "nylas/model.hpp"

#include <caf/error.hpp>

/// Between what the API says and what actors tell each other.
namespace nova {

call_api to_call(nylas::api_request&& request);

/// An answer and what it means. The body is in `response`.
struct api_result {
  nylas::verdict verdict = nylas::verdict::transient;
  nylas::api_response response;
  bool alone = false;                      // see `api_answered`
  int64_t started_at = 0, answered_at = 0; // microseconds
};
api_result judge(const nylas::api_request& request, api_answered&& answer);

/// For a log and a row: `HTTP 429 rate_limit_error: Too many…`, one line, bounded.
std::string describe(const nylas::api_response& response);

/// What the provider asked for, or nothing.
std::chrono::milliseconds retry_after(const nylas::api_response& response,
                                      std::chrono::milliseconds otherwise);

} // namespace nova
