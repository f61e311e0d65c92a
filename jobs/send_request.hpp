#pragma once

#include "base/bad_input.hpp"

#include <tl/expected.hpp>

#include <cstddef>
#include <string>

namespace nova::jobs {

/// Of a request, and of the body of a message, in bytes.
constexpr size_t send_bytes_max = size_t{1} << 20;
/// Messages of one request.
constexpr size_t send_messages_max = 1'000;

/// Messages that somebody wants to send.
struct send_request {
  std::string messages; // a JSON array, word by word as it came
  std::string key;      // of the one message, when that has none of its own
  size_t count = 0;
  bool one = false;   // it was no array, and the answer is none either
  bool keyed = false; // each has a key, so that the same again has no further effect
};

/// Reads a message `{type, body, transport, queue, delay_ms, priority, key, tenant, headers}` or an
/// array of up to `send_messages_max` of them. `key` is the header Idempotency-Key, for one message
/// only; empty: none. `where` of a failure is the field, `[3].priority` of the fourth message.
[[nodiscard]] tl::expected<send_request, base::bad_input> parse_send_request(std::string text,
                                                                             std::string key);

} // namespace nova::jobs
