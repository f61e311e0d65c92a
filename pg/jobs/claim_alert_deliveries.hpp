#pragma once

#include "pg/connection.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace nova::pg {

/// A message to one recipient, of which this node has the lease.
struct claimed_delivery {
  int64_t id = 0, token = 0;
  int32_t attempts = 0;                               // so far
  std::string address = {};                           // of email
  std::string format = {}, url = {}, url_secret = {}; // of a webhook
  std::string secret_name = {}; // of the secret that signs; of PagerDuty's key
  bool allow_private = false;
  std::string message_id = {}, thread = {}; // UUIDs; of the first message of its thread, or empty
  int64_t created_us = 0;                   // since 1970
  std::string items = {};                   // what it says, JSON: nova.alert_items
};

/// Takes messages of a kind that are due, the oldest first.
struct claim_alert_deliveries {
  static constexpr const char* name = "claim_alert_deliveries";

  std::string worker;
  std::string kind; // email or webhook
  int32_t limit = 1;
  std::chrono::milliseconds lease{0};
  int32_t attempts_max = 1;
  std::optional<int64_t> now = {}; // microseconds since 1970; nothing: the database's clock

  std::vector<claimed_delivery> run(connection& conn) const;
};

} // namespace nova::pg
