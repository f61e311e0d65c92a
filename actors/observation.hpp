#pragma once

#include "actors/api_calls.hpp"
#include "messages/mail_writes.hpp"
#include "nylas/api.hpp"
#include "nylas/model.hpp"

#include <caf/error.hpp>

/// Between what the API says and what actors tell each other.
namespace nova {

/// For a log and a row: `HTTP 429 rate_limit_error: Too many…`, one line, bounded.
std::string describe(const nylas::api_response& response);

/// What the provider asked for, or nothing.
std::chrono::milliseconds retry_after(const nylas::api_response& response,
                                      std::chrono::milliseconds otherwise);

} // namespace nova
