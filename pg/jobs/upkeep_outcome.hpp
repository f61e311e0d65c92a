#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace nova::pg {

/// A task of upkeep that this worker has taken.
struct claimed_upkeep {
  std::string name;
  int64_t token = 0;          // what the answer to it must name
  std::string kind, target;   // see nova.upkeep_tasks
  std::string options = "{}"; // JSON text
  int32_t attempts = 0;       // failures in a row
};

/// How a run of a task ends.
enum class upkeep_end : uint8_t { done, failed, skipped };

constexpr const char* to_string(upkeep_end end) {
  switch (end) {
    case upkeep_end::done: return "done";
    case upkeep_end::failed: return "failed";
    case upkeep_end::skipped: return "skipped";
  }
  return "failed";
}

/// What became of a run.
struct upkeep_outcome {
  upkeep_end end = upkeep_end::done;
  int64_t rows = 0;
  int64_t bytes = 0;
  std::string error_class = {}; // one word; empty: none
  std::string text = {};        // why it failed or was skipped
  std::string file = {};        // that it wrote
  std::string details = {};     // JSON text; empty: none
  /// When it is due again; by its schedule, or after a failure later each time, when it is not
  /// said.
  std::optional<std::chrono::milliseconds> after = {};
};

} // namespace nova::pg
