#pragma once

#include "simulator/world.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

/// From an event to the bytes that are sent.
namespace nova::simulator {

/// How deliveries are spoiled on purpose; rates from 0 to 1.
struct distortion {
  /// Sent a second time, with the same id.
  double duplicates = 0;
  /// Each waits up to that long, so that they overtake each other.
  std::chrono::milliseconds reorder{0};
  /// Updates of messages wait that long, and a later one of the same message takes the place of one
  /// that waits.
  std::chrono::milliseconds coalesce{0};
  /// Messages lose their body, and their type says `.truncated`.
  double truncated = 0;
  /// Messages lose fields, and their type says `.transformed`.
  double transformed = 0;
  /// `created` says `updated` and the other way round.
  double mislabelled = 0;
  /// Never sent.
  double lost = 0;
  /// Followed by one of a type that nobody knows.
  double unknown = 0;
  /// Sent compressed though the destination did not ask for it.
  double gzip = 0;
};

/// One notification, whole but for the number of its attempt.
struct notification_payload {
  std::string id;
  std::string type;
  std::string before_attempt;
  std::string after_attempt;
  /// `before_attempt` is all of it.
  bool raw = false;
  /// Any destination gets it, whatever it subscribed to.
  bool to_all = false;
  /// Goes as gzip to every destination.
  bool compressed = false;
  /// A first attempt was made: from now on it stays what it is.
  bool started = false;

  [[nodiscard]] std::string body(int attempt) const;
};

/// A payload of more than 1 MB is truncated as Nylas does, whatever is asked.
notification_payload render(const event& what, std::string_view application_id, std::string id,
                            int64_t time);

/// The event with its body empty and its type `.truncated`; unchanged when it has no body.
event truncate(event what);
/// The event without a few of its fields and its type `.transformed`.
event transform(event what);
/// `message.created` becomes `message.updated` and the other way round; others stay.
event mislabel(event what);

} // namespace nova::simulator
