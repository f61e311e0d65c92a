#pragma once

#include "base/bad_input.hpp"

#include <tl/expected.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

// What a message about alerts says, in the words of each way that it may take. All of it is pure;
// what alerts hold is anybody's text and stands in none of it as more than text.
namespace nova::alerts {

/// An alert as a message tells it.
struct told_alert {
  std::string kind, key, severity, title;
  std::string next = {};                // what to do about it
  std::string opened_at, ended_at = {}; // ISO 8601
  int64_t count = 1;
  bool begins = true, ends = false; // what of it is told
  bool is_event = false;            // it has no end
};

/// How many of a kind are told, and how many of it are open for the recipient.
struct told_kind {
  std::string kind, severity;
  int64_t events = 0, opened = 0, ended = 0, open = 0;
};

/// What one message says: `nova.alert_items` read.
struct alert_digest {
  std::vector<told_kind> kinds;
  std::vector<told_alert> alerts; // the first ones; `kinds` counts all
  std::string items;              // as it came
};
tl::expected<alert_digest, base::bad_input> read_digest(const std::string& items);

/// Who tells.
struct told_by {
  std::string cluster = "nova";
  std::string node = {};
};

/// One line: `[nova] CRITICAL: the grant of ann is auth_expired`, `[nova] over: 1000 sync failed`.
[[nodiscard]] std::string subject_of(const alert_digest& digest, const told_by& by);
[[nodiscard]] std::string text_of(const alert_digest& digest, const told_by& by);
[[nodiscard]] std::string html_of(const alert_digest& digest, const told_by& by);

/// The body of a webhook: an object with `type`, `id`, `cluster`, `node`, `subject`, `kinds` and
/// `alerts`.
[[nodiscard]] std::string nova_body(const alert_digest& digest, const told_by& by,
                                    std::string_view id);
/// As Slack's incoming webhooks take it, and those that are like them.
[[nodiscard]] std::string slack_body(const alert_digest& digest, const told_by& by);
/// As the Events API v2 of PagerDuty takes it: for each kind of alert that began or is over one
/// event, which opens an incident or, when none is open any longer, resolves it. Events have none.
[[nodiscard]] std::vector<std::string>
pagerduty_bodies(const alert_digest& digest, const told_by& by, std::string_view routing_key);

} // namespace nova::alerts
