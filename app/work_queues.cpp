#include "app/work_queues.hpp"

#include "app/services.hpp"

namespace nova::app {

const std::vector<work_queue>& work_queues() {
  static const std::vector<work_queue> table = {
    {"nylas_webhook_notifications", "webhook_reader", role::webhooks, queue_content::notifications,
     [](const services& has) { return has.notifications; }},
    {"inbox_backfill_jobs", "backfill_reader", role::backfill, queue_content::jobs,
     [](const services& has) -> queue_work_actor { return has.backfills; }},
    {"thread_sync_jobs", "thread_reader", role::threads, queue_content::jobs,
     [](const services& has) { return has.thread_jobs; }},
  };
  return table;
}

} // namespace nova::app
