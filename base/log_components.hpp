#pragma once

#include <algorithm>
#include <array>
#include <string_view>

namespace nova::base {

/// What stands in brackets in the log lines of a node, in order: what `log level` takes. A test
/// holds it to the sources.
inline constexpr auto log_components = std::to_array<std::string_view>({
  "AlertWatch", "Alerts",       "Attachments",      "Audit",
  "Backfill",   "Backfills",    "Brokers",          "Certifier",
  "ChangeFeed", "Database",     "FailureRecorder",  "Folders",
  "Grant",      "Handler",      "HttpServer",       "Inspection",
  "Jobs",       "Leases",       "LinkPump",         "LinkServer",
  "Links",      "Listener",     "MailboxListing",   "Membership",
  "Monitor",    "Node",         "NodeAgent",        "NotificationStore",
  "Parked",     "Provider",     "QueueAges",        "QueueReader",
  "Reconcile",  "Rejects",      "RemoteChild",      "Schedules",
  "SendApi",    "Service",      "ServiceManager",   "Supervisor",
  "Sweep",      "Syncs",        "ThreadDispatcher", "ThreadSync",
  "TlsFront",   "Upkeep",       "Wakeups",          "WebhookIngress",
  "Webhooks",   "WindowLister",
});

} // namespace nova::base
