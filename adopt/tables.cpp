#include "adopt/tables.hpp"

#include "base/json_text.hpp"

#include <algorithm>
#include <cctype>

namespace nova::adopt {
namespace {

/// `grantId` and `grant_id` are one name.
std::string plain(const std::string& name) {
  std::string all;
  for (char c : name)
    if (c != '_')
      all += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return all;
}

const std::vector<std::string> created{"created_at", "inserted_at"};
const std::vector<std::string> updated{"updated_at", "modified_at"};

known_table inboxes() {
  return {"flux_inboxes",
          {},
          {{"id", true, {"id", "inbox_id"}},
           {"email", true, {"email", "email_address", "address"}},
           {"grant", true, {"grant_id", "nylas_grant_id"}},
           {"provider", false, {"provider", "provider_type", "email_provider"}},
           {"status", false, {"status", "state", "sync_status", "grant_status"}},
           {"user", false, {"user_id", "owner_id", "profile_id", "tenant_id"}},
           {"created", false, created},
           {"updated", false, updated}},
          "updated"};
}

known_table configurations() {
  return {"flux_inbox_configurations",
          {"support_inbox_configurations"},
          {{"id", true, {"id", "config_id"}},
           {"inbox", true, {"inbox_id"}},
           {"status", true, {"backfill_status", "status"}},
           {"start", false, {"backfill_start_date", "backfill_start", "start_date", "from_date"}},
           {"end", false, {"backfill_end_date", "backfill_end", "end_date", "to_date"}},
           {"progress", false, {"backfill_progress", "progress"}},
           {"error", false, {"error_message", "last_error"}},
           {"started", false, {"backfill_started_at", "started_at"}},
           {"completed", false, {"backfill_completed_at", "completed_at"}},
           {"created", false, created},
           {"updated", false, updated}},
          "updated"};
}

known_table threads() {
  return {"flux_email_threads",
          {},
          {{"id", true, {"id"}},
           {"key", true, {"nylas_thread_id", "provider_thread_id", "thread_id", "external_id"}},
           {"inbox", true, {"inbox_id"}},
           {"created", false, created}},
          "created"};
}

known_table messages() {
  return {"flux_email_messages",
          {},
          {{"id", true, {"id"}},
           {"key", true, {"nylas_message_id", "provider_message_id", "message_id", "external_id"}},
           {"inbox", true, {"inbox_id"}},
           {"thread_row", false, {"thread_id", "email_thread_id"}},
           {"thread", false, {"nylas_thread_id", "provider_thread_id"}},
           {"date", true, {"received_date", "received_at", "message_date", "date"}},
           {"subject", false, {"subject"}},
           {"snippet", false, {"snippet", "preview"}},
           {"body", false, {"body", "body_html", "html_body", "html"}},
           {"from", false, {"from_addresses", "from", "from_recipients", "sender"}},
           {"from_email", false, {"from_email", "from_address", "sender_email"}},
           {"from_name", false, {"from_name", "sender_name"}},
           {"to", false, {"to_recipients", "to_addresses", "to", "to_emails"}},
           {"cc", false, {"cc_recipients", "cc_addresses", "cc", "cc_emails"}},
           {"bcc", false, {"bcc_recipients", "bcc_addresses", "bcc", "bcc_emails"}},
           {"reply_to", false, {"reply_to_recipients", "reply_to_addresses", "reply_to"}},
           {"folders", false, {"folders", "folder_ids", "labels", "label_ids"}},
           {"attachments", false, {"attachments"}},
           {"has_attachments", false, {"has_attachments"}},
           {"unread", false, {"unread", "is_unread"}},
           {"starred", false, {"starred", "is_starred"}},
           {"created", false, created}},
          "date"};
}

known_table notifications() {
  return {"flux_webhook_notifications",
          {},
          {{"id", true, {"notification_id", "nylas_notification_id", "webhook_id"}},
           {"payload", true, {"payload", "raw_payload", "body", "data"}},
           {"type", false, {"notification_type", "type", "event_type", "trigger"}},
           {"grant", false, {"grant_id", "nylas_grant_id"}},
           {"status", false, {"status"}},
           {"received", false, {"received_at", "created_at"}}},
          "received",
          "what waits of it in the queue is taken"};
}

known_table thread_work() {
  return {"queued_threads",
          {},
          {{"id", true, {"id", "thread_id", "nylas_thread_id"}},
           {"queued", false, {"queued_at", "created_at", "inserted_at"}}},
          "queued",
          "Nova lists what is not finished itself, a hundred messages a call"};
}

known_table counters() {
  return {"inbox_sync_stats",
          {},
          {{"id", true, {"config_id", "id", "inbox_id"}}, {"updated", false, updated}},
          "updated",
          "Nova counts its own"};
}

std::string accepted(const field& one) {
  auto text = one.columns.front();
  for (size_t i = 1; i < one.columns.size(); ++i)
    text += (i + 1 == one.columns.size() ? " or " : ", ") + one.columns[i];
  return text;
}

/// The field that a column is known as, by its own name or that of the mapping.
const field* find_field(const known_table& table, const std::string& name) {
  for (const auto& one : table.fields)
    if (std::ranges::any_of(one.columns, [&](const auto& c) { return plain(c) == plain(name); }))
      return &one;
  return nullptr;
}

void expect_mapping(const mapping& one, const std::vector<found_table>& found,
                    const std::vector<pg::source_column>& columns) {
  auto text = one.table + "." + one.theirs + "=" + one.ours;
  auto table = std::ranges::find(found, one.table, &found_table::name);
  if (table == found.end()) {
    std::string names;
    for (const auto& there : found)
      names += (names.empty() ? "" : ", ") + there.name;
    throw unfit("--map " + text + ": there is no table " + one.table + "; there are " + names);
  }
  if (std::ranges::none_of(columns, [&](const auto& column) {
        return column.table == one.table && column.name == one.theirs;
      }))
    throw unfit("--map " + text + ": " + one.table + " has no column " + one.theirs);
  if (find_field(*table->known, one.ours) == nullptr) {
    std::string names;
    for (const auto& field : table->known->fields)
      names += (names.empty() ? "" : ", ") + field.columns.front();
    throw unfit("--map " + text + ": '" + one.ours + "' is no column that is known of " + one.table
                + "; accepted are " + names);
  }
}

/// Of several columns for a field the mapped one counts, then the one that stands first in the
/// list.
void choose_columns(found_table& table, const std::vector<std::string>& columns,
                    const std::vector<mapping>& mappings) {
  std::vector<std::string> used;
  for (const auto& field : table.known->fields) {
    std::optional<std::string> chosen;
    for (const auto& one : mappings)
      if (one.table == table.name && find_field(*table.known, one.ours) == &field)
        chosen = one.theirs;
    for (size_t i = 0; i < field.columns.size() && !chosen; ++i)
      for (const auto& column : columns)
        if (plain(column) == plain(field.columns[i])
            && std::ranges::find(used, column) == used.end()
            && std::ranges::none_of(mappings, [&](const auto& one) {
                 return one.table == table.name && one.theirs == column;
               }))
          chosen = column;
    if (chosen) {
      used.push_back(*chosen);
      table.columns.emplace_back(field.name, *chosen);
    } else if (field.needed) {
      table.missing.push_back(accepted(field));
    }
  }
  for (const auto& column : columns)
    if (std::ranges::find(used, column) == used.end())
      table.left.push_back(column);
}

} // namespace

const std::vector<known_table>& known_tables() {
  static const std::vector<known_table> all{
    inboxes(), configurations(), threads(), messages(), notifications(), thread_work(), counters()};
  return all;
}

const std::vector<std::string>& known_queues() {
  static const std::vector<std::string> all{"nylas_webhook_notifications", "inbox_backfill_jobs",
                                            "thread_sync_jobs"};
  return all;
}

mapping parse_mapping(const std::string& text) {
  auto dot = text.find('.');
  auto equals = text.find('=', dot == std::string::npos ? 0 : dot);
  if (dot == std::string::npos || equals == std::string::npos || dot == 0 || equals == dot + 1
      || equals + 1 == text.size())
    throw unfit("--map: '" + text
                + "' is not TABLE.COLUMN=KNOWN, such as flux_email_messages.sent_at=received_date");
  return {text.substr(0, dot), text.substr(dot + 1, equals - dot - 1), text.substr(equals + 1)};
}

std::optional<std::string> found_table::column(const std::string& field) const {
  for (const auto& [ours, theirs] : columns)
    if (ours == field)
      return theirs;
  return std::nullopt;
}

std::string found_table::map() const {
  std::string all = "{";
  for (const auto& [ours, theirs] : columns)
    all += (all.size() > 1 ? "," : "") + base::json_string(ours) + ":" + base::json_string(theirs);
  return all + "}";
}

std::vector<found_table> match_tables(const std::vector<pg::source_column>& columns,
                                      const std::vector<mapping>& mappings) {
  std::vector<found_table> found;
  for (const auto& known : known_tables()) {
    // The names in turn: a view may show the same rows under another one.
    std::vector<std::string> names{known.name};
    names.insert(names.end(), known.also.begin(), known.also.end());
    for (const auto& name : names) {
      auto first = std::ranges::find(columns, name, &pg::source_column::table);
      if (first == columns.end())
        continue;
      found.push_back({&known, name, first->rows_hidden, {}, {}, {}});
      break;
    }
  }
  for (const auto& one : mappings)
    expect_mapping(one, found, columns);
  for (auto& table : found) {
    std::vector<std::string> names;
    for (const auto& column : columns)
      if (column.table == table.name)
        names.push_back(column.name);
    choose_columns(table, names, mappings);
  }
  return found;
}

} // namespace nova::adopt
