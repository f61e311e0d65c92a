#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace nova::jobs {

/// Where a job comes from. What ends it differs; how it is run does not.
enum class source : uint8_t {
  message, // of the messenger, `place` is its transport
  queue,   // a pgmq queue, `place` is its name
  task,    // upkeep
  sync,    // a run of a sync; `type` is its id, `place` the integration and the stream
};
std::string to_string(source);

/// A job of which this node has the lease.
struct claimed_job {
  source from = source::message;
  std::string place;
  int64_t id = 0;
  int64_t token = 0;                       // of this claim; of a queue: read_ct
  std::string type;                        // of a message; the name of a queue or a task
  std::string queue, tenant;               // of a message
  int32_t attempts = 0;                    // that failed
  int32_t crashes = 0;                     // processes that ended while they had it
  std::string headers = "{}", body = "{}"; // JSON text
  int64_t limited_by = 0;                  // the handler whose permit it has; 0: it needs none
  std::string limit_key = {};
  std::string receipt = {}; // of a message that a broker delivered: who ends it there names it
};

/// Names the job for people and as the key of effects: `message 17`.
std::string name_of(const claimed_job& job);

enum class verdict : uint8_t {
  done,
  retry,  // costs an attempt; given up when none is left
  fail,   // given up: the same again fails again
  snooze, // again after a while, costs no attempt
};
std::string to_string(verdict);

/// What became of a job.
struct job_outcome {
  verdict what = verdict::done;
  std::string error_class = {}; // one word, by which failures are counted: `http_500`, `timeout`
  std::string text = {};        // for people; without secrets
  /// When it is tried again; zero: by the backoff of its transport.
  std::chrono::milliseconds after{0};
  /// The handler has ended the job itself, in the transaction of its effects.
  bool settled = false;
};

} // namespace nova::jobs
