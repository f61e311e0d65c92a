#pragma once

#include <cstdint>
#include <string>

namespace nova::alerts {

/// What became of a message to one recipient.
enum class letter_verdict : uint8_t {
  sent,
  retry,   // costs an attempt
  later,   // costs none: its turn did not come
  failed,  // given up: the same again fails again
  refused, // its recipient stands still: it wants no message at all
  stopped, // all of its kind do: the server wants none of us
};
std::string to_string(letter_verdict);

struct letter_outcome {
  letter_verdict what = letter_verdict::sent;
  std::string error_class = {}; // one word: `smtp_550`, `timeout`
  std::string text = {};        // one line for people, at most 500 bytes, without secrets
};

} // namespace nova::alerts
