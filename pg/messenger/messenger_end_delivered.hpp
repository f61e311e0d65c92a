#pragma once

#include "pg/connection.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace nova::pg {

/// Nothing: it is among the failed messages now. Else it is to be delivered again, as `payload`.
struct judged_message {
  std::optional<std::chrono::milliseconds> delay;
  std::string payload;
};

/// Judges messages of a broker that were not done, columns of one length. Answers in their order.
/// Safe to run again.
struct messenger_end_delivered {
  static constexpr const char* name = "messenger_end_delivered";

  std::string transport, worker;
  std::vector<std::string> payloads = {};
  std::vector<int32_t> deliveries = {};
  std::vector<std::string> verdicts = {}, classes = {}, texts = {}; // verdicts: retry or fail
  std::vector<std::optional<int64_t>> after_ms = {};                // nothing: by the backoff

  std::vector<judged_message> run(connection& conn) const;
};

} // namespace nova::pg
