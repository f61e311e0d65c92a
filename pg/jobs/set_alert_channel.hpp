#pragma once

#include "pg/connection.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace nova::pg {

/// A way on which people are told of alerts.
struct alert_channel {
  std::string name = {};
  std::string kind = {};                    // email or webhook
  std::vector<std::string> recipients = {}; // addresses of email
  std::string url = {}, url_secret = {}; // of a webhook one of them: the URL, or its secret's name
  std::string secret_name = {};          // what signs; PagerDuty's routing key
  std::string format = "nova";           // nova, slack or pagerduty
  bool allow_private = false;
  std::vector<std::string> kinds = {}; // of alerts; empty: all
  std::chrono::milliseconds window{120'000};
};

/// Makes a channel, or changes one of its kind, and has it told of what is open. Answers its id.
struct set_alert_channel {
  static constexpr const char* name = "set_alert_channel";

  alert_channel channel;
  bool must_be_new = false;

  int64_t run(connection& conn) const;
};

} // namespace nova::pg
