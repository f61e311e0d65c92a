#include "actors/read_queue.hpp"

#include "actors/job.hpp"
#include "pg/email/find_notification_payloads.hpp"
#include "pg/queue/queue_read.hpp"
#include "pg/queue/queue_release_unread.hpp"

#include <utility>

namespace nova {
namespace {

void add_notifications(pg::connection& conn, std::vector<queue_message>& messages) {
  std::vector<notification_id> ids;
  for (auto& message : messages)
    if (auto job = parse_notification_job(message.body)) {
      message.notification = job->notification.value;
      ids.push_back(job->notification);
    }
  if (ids.empty())
    return;
  for (auto& row : pg::find_notification_payloads{ids}.run(conn))
    for (auto& message : messages)
      if (message.notification == row.id.value) {
        message.payload = row.payload;
        message.received_at = row.received_at;
      }
}

} // namespace

std::vector<queue_message> read_queue::run(pg::connection& conn) {
  if (std::exchange(doubtful, true) && reader != 0)
    pg::queue_release_unread{reader, queue, held}.run(conn);
  auto messages = pg::queue_read{queue, visibility_s, limit, reader}.run(conn);
  if (content == queue_content::notifications)
    add_notifications(conn, messages);
  return messages;
}

} // namespace nova
