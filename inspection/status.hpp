#pragma once

#include <cstdint>

/// How a question or an order went, as the inspection API says it in HTTP's numbers; nodes tell
/// each other the same.
namespace nova::inspection::status {

constexpr uint16_t ok = 200, bad_question = 400, not_allowed = 403, not_there = 404, refused = 409,
                   too_large = 413, too_many = 429, no_database = 503, busy = 503, no_answer = 504;

} // namespace nova::inspection::status
