#pragma once

#include "simulator/options.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace nova::simulator {

/// Where a generated message is: thread 0 is the newest, message 0 of it the oldest.
struct message_place {
  uint64_t thread = 0;
  uint32_t index = 0;

  friend bool operator==(const message_place&, const message_place&) = default;
};

/// Ids that look like a provider's, and the way back: which message an id means is computed, not
/// stored.
class id_codec {
public:
  id_codec(uint64_t seed, provider kind, double awkward_rate);

  [[nodiscard]] std::string thread_id(uint64_t thread) const;
  [[nodiscard]] std::string message_id(message_place place) const;

  /// Nothing when this mailbox cannot have made the id. The thread may still be beyond its end.
  [[nodiscard]] std::optional<uint64_t> find_thread(std::string_view id) const;
  [[nodiscard]] std::optional<message_place> find_message(std::string_view id) const;

private:
  [[nodiscard]] std::string write(uint64_t key, uint64_t number) const;
  [[nodiscard]] std::optional<uint64_t> read(uint64_t key, std::string_view id) const;

  uint64_t thread_key_;
  uint64_t message_key_;
  provider kind_;
  double awkward_rate_;
};

/// Sixteen lower-case digits.
std::string hex16(uint64_t number);

/// A UUID of version 4 in form.
std::string uuid_of(uint64_t seed);

} // namespace nova::simulator
