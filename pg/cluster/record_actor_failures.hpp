#pragma once

#include "pg/connection.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace nova::pg {

/// An abnormal end of an actor.
struct actor_failure {
  int64_t at = 0; // microseconds since 1970; 0: when it is written
  std::string kind = {}, key = {}, reason = {};
  std::string message_type = {}; // what it was handling
  std::string doing = {};        // in words
  uint32_t restart_number = 0;
};

/// Keeps them, in one statement.
struct record_actor_failures {
  static constexpr const char* name = "record_actor_failures";

  std::optional<int64_t> node; // nothing: before it is registered
  std::vector<actor_failure> failures;

  void run(connection& conn) const;
};

} // namespace nova::pg
