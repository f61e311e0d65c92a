#include "adopt/take.hpp"

#include "base/json_text.hpp"
#include "json/json_reader.hpp"
#include "pg/adoption/archive_source_messages.hpp"
#include "pg/adoption/read_source_queue.hpp"
#include "pg/email/note_archived.hpp"
#include "pg/email/queue_notifications.hpp"
#include "pg/email/take_messages.hpp"
#include "pg/email/taken_unarchived.hpp"

#include <rapidjson/stringbuffer.h>

#include <algorithm>
#include <utility>

// Two databases have no transaction together, so the order is what keeps a message from being lost
// or taken twice:
//   there  begin, lease a batch (undone when the transaction is)
//   here   one transaction: note each message, and queue the notifications of those that were not
//   noted there  archive, commit here   note that they are archived
// Killed before the note: nothing happened. Killed after it: they are in their queue still, noted,
// and the next run archives them and does no more.
namespace nova::adopt {
namespace {

constexpr uint32_t batch = 200;

std::string text_of(const rapidjson::Value& value) {
  if (value.IsString())
    return {value.GetString(), value.GetStringLength()};
  rapidjson::StringBuffer text;
  base::json_writer out{text};
  value.Accept(out);
  return {text.GetString(), text.GetSize()};
}

/// The first of the members that is there and not null; empty: none.
std::string member(const rapidjson::Value& object, std::initializer_list<const char*> names) {
  if (!object.IsObject())
    return "";
  for (const auto* name : names)
    if (auto found = object.FindMember(name); found != object.MemberEnd() && !found->value.IsNull())
      return text_of(found->value);
  return "";
}

/// Of a notification what Nova needs to have it as its own.
incoming_notification from_payload(std::string id, const std::string& payload) {
  incoming_notification one;
  one.id = std::move(id);
  one.payload = payload;
  rapidjson::Document read;
  if (json::parse(read, payload) && read.IsObject()) {
    one.type = member(read, {"type", "trigger"});
    if (one.id.empty())
      one.id = member(read, {"id"});
    if (auto data = read.FindMember("data"); data != read.MemberEnd() && data->value.IsObject()) {
      one.grant.value = member(data->value, {"grant_id"});
      if (auto object = data->value.FindMember("object");
          object != data->value.MemberEnd() && one.grant.value.empty())
        one.grant.value = member(object->value, {"grant_id"});
    }
  }
  return one;
}

/// A batch of a queue, and what each message of it is.
struct batch_of_messages {
  pg::take_messages taking;
  std::map<int64_t, incoming_notification> notifications; // by message

  void add(pg::source_message&& one, const char* became, std::string subject) {
    taking.ids.push_back(one.id);
    taking.messages.push_back(std::move(one.message));
    taking.became.emplace_back(became);
    taking.subjects.push_back(std::move(subject));
  }
};

class notification_reader {
public:
  explicit notification_reader(const source& from)
    : from_(from), table_(from.find("flux_webhook_notifications")) {}

  batch_of_messages read(const std::string& queue, std::vector<pg::source_message>&& messages) {
    batch_of_messages all{{queue, {}, {}, {}, {}}, {}};
    auto rows = rows_of(messages);
    for (auto& one : messages) {
      auto found = notification_of(one, rows);
      if (found.id.empty() || found.type.empty()) {
        auto why = found.id.empty() ? "it names no notification"
                                    : "the payload of notification " + found.id + " is not there";
        all.add(std::move(one), "rejected", why);
        continue;
      }
      auto id = found.id;
      all.notifications.emplace(one.id, std::move(found));
      all.add(std::move(one), "notification", id);
    }
    return all;
  }

private:
  static std::string id_of(const rapidjson::Value& message) {
    return member(message, {"notification_id", "notificationId", "id"});
  }

  /// The rows of the notifications that messages name, by their ids.
  std::map<std::string, rapidjson::Document>
  rows_of(const std::vector<pg::source_message>& messages) {
    std::map<std::string, rapidjson::Document> all;
    if (table_ == nullptr || !table_->missing.empty())
      return all;
    std::vector<std::string> ids;
    for (const auto& one : messages) {
      rapidjson::Document read;
      if (json::parse(read, one.message))
        if (auto id = id_of(read); !id.empty())
          ids.push_back(id);
    }
    for (auto& row : pg::source_rows{from_.place(*table_), ids}.run(from_.conn))
      if (rapidjson::Document read; json::parse(read, row.row))
        all.emplace(row.key, std::move(read));
    return all;
  }

  incoming_notification notification_of(const pg::source_message& one,
                                        const std::map<std::string, rapidjson::Document>& rows) {
    rapidjson::Document message;
    if (!json::parse(message, one.message) || !message.IsObject())
      return {};
    auto id = id_of(message);
    // The whole notification, or where it is.
    if (message.HasMember("data") && message.HasMember("type"))
      return from_payload(id, one.message);
    if (auto payload = member(message, {"payload", "notification", "webhook"});
        payload.starts_with('{'))
      return from_payload(id, payload);
    auto row = rows.find(id);
    if (row == rows.end())
      return {id, "", {}, ""};
    auto value = [&](const char* field) {
      auto column = table_->column(field);
      return column ? member(row->second, {column->c_str()}) : std::string{};
    };
    auto found = from_payload(id, value("payload"));
    if (auto type = value("type"); !type.empty())
      found.type = type;
    if (auto grant = value("grant"); !grant.empty())
      found.grant.value = grant;
    return found;
  }

  const source& from_;
  const found_table* table_;
};

batch_of_messages read_jobs(const std::string& queue, std::vector<pg::source_message>&& messages) {
  batch_of_messages all{{queue, {}, {}, {}, {}}, {}};
  for (auto& one : messages) {
    rapidjson::Document read;
    auto config = json::parse(read, one.message)
                    ? member(read, {"config_id", "configId", "inbox_id", "inboxId"})
                    : std::string{};
    if (config.empty())
      all.add(std::move(one), "rejected", "it names neither a backfill nor an inbox");
    else
      all.add(std::move(one), "backfill", config);
  }
  return all;
}

/// What was not noted before this run.
std::vector<int64_t> note(pg::connection& target, const batch_of_messages& read) {
  pg::transaction all{target, pg::transaction::access::read_write};
  auto fresh = read.taking.run(target);
  pg::queue_notifications queueing;
  for (auto id : fresh)
    if (auto found = read.notifications.find(id); found != read.notifications.end())
      queueing.notifications.push_back(found->second);
  queueing.run(target);
  all.commit();
  return fresh;
}

void archive_noted(const source& from, pg::connection& target, const std::string& queue) {
  auto left = pg::taken_unarchived{queue}.run(target);
  if (left.empty())
    return;
  pg::transaction there{from.conn, pg::transaction::access::read_write};
  pg::archive_source_messages{queue, left}.run(from.conn);
  there.commit();
  pg::note_archived{queue, left}.run(target);
}

/// False: there was nothing.
bool take_batch(const source& from, pg::connection& target, notification_reader& notifications,
                const std::string& queue, taken& counts) {
  pg::transaction there{from.conn, pg::transaction::access::read_write};
  auto messages = pg::read_source_queue{queue, batch}.run(from.conn);
  if (messages.empty())
    return false;
  auto read = queue == "nylas_webhook_notifications"
                ? notifications.read(queue, std::move(messages))
                : read_jobs(queue, std::move(messages));
  auto fresh = note(target, read);
  for (size_t i = 0; i < read.taking.ids.size(); ++i)
    if (std::ranges::find(fresh, read.taking.ids[i]) != fresh.end())
      ++counts.became[read.taking.became[i]];
  pg::archive_source_messages{queue, read.taking.ids}.run(from.conn);
  there.commit();
  pg::note_archived{queue, read.taking.ids}.run(target);
  return true;
}

} // namespace

taken take_queues(const source& from, pg::connection& target) {
  taken counts;
  notification_reader notifications{from};
  for (const auto& queue : known_queues()) {
    if (!from.queue_length(queue))
      continue;
    archive_noted(from, target, queue);
    while (take_batch(from, target, notifications, queue, counts)) {
    }
    counts.waiting += from.queue_length(queue).value_or(0);
  }
  return counts;
}

} // namespace nova::adopt
