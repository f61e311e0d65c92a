#pragma once

#include "base/bad_input.hpp"
#include "mail/ids.hpp"

#include <tl/expected.hpp>

#include <string>

/// The bodies of queue messages. Other programs send them too, so nothing in them is trusted.
namespace nova {

/// Of the queue inbox_backfill_jobs: `{"config_id": "uuid", …}`.
struct backfill_job {
  config_id config;
};
tl::expected<backfill_job, base::bad_input> parse_backfill_job(const std::string& body);

/// Of the queue nylas_webhook_notifications: `{"notification_id": "…", …}`.
struct notification_job {
  notification_id notification;
};
tl::expected<notification_job, base::bad_input> parse_notification_job(const std::string& body);

/// Of the queue thread_sync_jobs: `{"config_id": "uuid", "thread_id": "…", …}`.
struct thread_sync_job {
  config_id config;
  thread_id thread;
};
tl::expected<thread_sync_job, base::bad_input> parse_thread_sync_job(const std::string& body);

} // namespace nova
