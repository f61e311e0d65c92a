#include "adopt/give_back.hpp"

#include "base/json_text.hpp"
#include "pg/adoption/source_give.hpp"
#include "pg/email/messages_to_return.hpp"
#include "pg/email/note_returned.hpp"
#include "pg/email/notifications_to_give.hpp"

#include <utility>

namespace nova::adopt {
namespace {

const char* const webhook_queue = "nylas_webhook_notifications";

void return_messages(const source& to, pg::connection& target, given_back& done) {
  for (;;) {
    std::map<std::string, pg::return_source_messages> queues;
    for (auto& one : pg::messages_to_return{}.run(target)) {
      auto& queue = queues[one.queue];
      queue.queue = one.queue;
      queue.messages.push_back({one.id, std::move(one.message)});
    }
    if (queues.empty())
      return;
    for (auto& [name, returning] : queues) {
      returning.run(to.conn);
      pg::note_returned noting{name, {}};
      for (const auto& one : returning.messages)
        noting.ids.push_back(one.id);
      noting.run(target);
      done.messages[name] += static_cast<int64_t>(noting.ids.size());
    }
  }
}

/// The columns of a notification that the Node service's table has, as a JSON object.
std::string columns_of(const found_table& table, const pg::received_notification& one) {
  std::string all = "{";
  auto put = [&](const char* field, const std::string& json) {
    if (auto column = table.column(field))
      all += (all.size() > 1 ? "," : "") + base::json_string(*column) + ":" + json;
  };
  put("id", base::json_string(one.id));
  put("type", base::json_string(one.type));
  put("grant", base::json_string(one.grant));
  put("payload", one.payload);
  put("status", "\"pending\"");
  put("received", base::json_string(one.received_at));
  return all + "}";
}

/// All by which a service may know a notification: whichever of it it reads, the others are of no
/// account.
std::string message_of(const pg::received_notification& one) {
  return "{\"notification_id\":" + base::json_string(one.id) + ",\"notification_type\":"
         + base::json_string(one.type) + ",\"type\":" + base::json_string(one.type)
         + ",\"grant_id\":" + base::json_string(one.grant) + ",\"payload\":" + one.payload + "}";
}

void give_notifications(const source& to, pg::connection& target, given_back& done) {
  const auto* table = to.find("flux_webhook_notifications");
  pg::notifications_to_give next;
  for (;;) {
    auto received = next.run(target);
    if (received.empty())
      return;
    if (table == nullptr || !table->missing.empty() || !to.queue_length(webhook_queue))
      throw unfit("notifications came to Nova that the Node service lacks, and its table "
                  "flux_webhook_notifications (with notification_id and payload) or its queue "
                  + std::string{webhook_queue} + " is not there");
    pg::give_source_notifications giving{
      to.schema, table->name, table->column("id").value(), webhook_queue, {}};
    for (const auto& one : received)
      giving.notifications.push_back({columns_of(*table, one), message_of(one)});
    auto given = giving.run(to.conn);
    done.notifications += given;
    done.there_already += static_cast<int64_t>(received.size()) - given;
    next.after = received.back().id;
  }
}

} // namespace

given_back give_back(const source& to, pg::connection& target) {
  if (to.shares_queues)
    throw unfit(
      "the tables are in Nova's own database, whose queues are Nova's: there is nothing to give "
      "back; stop Nova, and point the Node service at these queues again");
  given_back done;
  return_messages(to, target, done);
  give_notifications(to, target, done);
  return done;
}

} // namespace nova::adopt
