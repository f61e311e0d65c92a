#pragma once

#include "jobs/claimed_job.hpp"
#include "transports/broker_client.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace nova::jobs {

/// A message as a broker has it, read.
struct broker_message {
  claimed_job job;
  /// What it is put back and judged as: what was read and no more, so that the database can read it
  /// whatever was sent.
  std::string payload;
  /// How it ends without a handler: it cannot be read, was not done in time, or came too early.
  std::optional<job_outcome> dead;
};

/// Reads what a transport delivered: a JSON object with `type` and any of id, queue, priority,
/// tenant, key, sent_ms, expires_ms, not_before_ms, attempts, max_attempts, errors, headers, body.
/// One without an id gets one below zero, which follows from the broker's. `now_ms` is since 1970.
broker_message read_broker_message(const std::string& transport, const transports::delivery& from,
                                   int64_t now_ms);

} // namespace nova::jobs
