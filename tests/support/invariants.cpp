#include "tests/support/invariants.hpp"

#include "simulator/generator.hpp"

#include <algorithm>
#include <functional>
#include <map>

namespace nova::test {
namespace {

constexpr size_t differences_max = 20;

struct rule {
  const char* what;
  sql::statement find; // one text a row: who breaks it
};

const rule rules[] = {
  {"inbox_sync_stats is not what the rows say",
   {"invariant_stats",
    "select s.config_id::text from inbox_sync_stats s join lateral ("
    " select count(*) filter (where status = 'completed') completed,"
    "        count(*) filter (where status = 'failed') failed, count(*) total"
    "   from queued_threads q where q.config_id = s.config_id) r on true"
    " where (s.threads_completed, s.threads_failed, coalesce(s.threads_queued, 0))"
    "       is distinct from (r.completed::int8, r.failed::int8, r.total::int8)"}},
  {"completed with unfinished threads",
   {"invariant_completed",
    "select c.id::text from flux_inbox_configurations c where backfill_status = 'completed'"
    " and exists (select from queued_threads q where q.config_id = c.id"
    "              and q.status in ('queued', 'processing'))"}},
  {"completed more than once",
   {"invariant_once", "select subject_id::text from sync_transitions where to_status = 'completed'"
                      " group by subject_id having count(*) > 1"}},
  {"a notification in error without a reason",
   {"invariant_reason", "select notification_id from flux_webhook_notifications"
                        " where status = 'error' and coalesce(error_message, '') = ''"}},
  {"a thread whose aggregates are not its messages'",
   {"invariant_threads",
    "select t.nylas_thread_id from flux_email_threads t left join lateral ("
    " select count(*) n, max(message_date) latest, bool_or(unread) unread"
    "   from flux_email_messages m where m.inbox_id = t.inbox_id"
    "    and m.nylas_thread_id = t.nylas_thread_id and m.deleted_at is null) r on true"
    " where (t.message_count, t.latest_message_at, t.unread)"
    "       is distinct from (r.n::int, r.latest, coalesce(r.unread, false))"}},
  {"a message without its thread",
   {"invariant_orphans",
    "select m.nylas_message_id from flux_email_messages m where m.deleted_at is null"
    " and m.nylas_thread_id is not null and not exists (select from flux_email_threads t"
    "  where t.inbox_id = m.inbox_id and t.nylas_thread_id = m.nylas_thread_id)"}},
};

const sql::statement messages_query{
  "all_messages",
  "select m.nylas_message_id, m.nylas_thread_id, m.subject, m.body, m.unread, m.starred,"
  "       (extract(epoch from m.message_date))::bigint,"
  "       (select coalesce(string_agg(f, ' ' order by f collate \"C\"), '')"
  "          from jsonb_array_elements_text(m.folders) f),"
  "       (select coalesce(string_agg(a->>'email', ' '), '')"
  "          from jsonb_array_elements(m.from_addresses) a),"
  "       (select coalesce(string_agg(a->>'email', ' '), '')"
  "          from jsonb_array_elements(m.to_addresses) a),"
  "       (select coalesce(string_agg(a->>'email', ' '), '')"
  "          from jsonb_array_elements(m.cc_addresses) a),"
  "       (select coalesce(string_agg(a->>'email', ' '), '')"
  "          from jsonb_array_elements(coalesce(m.bcc_addresses, '[]')) a),"
  "       (select coalesce(string_agg(a->>'email', ' '), '')"
  "          from jsonb_array_elements(coalesce(m.reply_to_addresses, '[]')) a),"
  "       (select coalesce(string_agg(concat_ws('|', a.nylas_attachment_id, a.filename, a.size), ' "
  "'"
  "                                   order by a.position), '')"
  "          from flux_email_attachments a where a.inbox_id = m.inbox_id"
  "           and a.nylas_message_id = m.nylas_message_id)"
  "  from flux_email_messages m join flux_inboxes i on i.id = m.inbox_id"
  " where i.grant_id = $1 and m.deleted_at is null"};

/// What is compared of a message, by the name under which a difference is told.
using picture = std::map<std::string, std::string>;

std::string emails(const std::vector<simulator::address>& list) {
  std::string out;
  for (const auto& one : list)
    out += (out.empty() ? "" : " ") + one.email;
  return out;
}

picture picture_of(const simulator::message_record& record) {
  auto folders = record.folders;
  std::sort(folders.begin(), folders.end());
  std::string joined, attached, body;
  simulator::append_body(body, record.body);
  for (const auto& folder : folders)
    joined += (joined.empty() ? "" : " ") + folder;
  for (const auto& file : record.attachments)
    attached += (attached.empty() ? "" : " ") + file.id + '|' + file.filename + '|'
                + std::to_string(file.size);
  return {{"thread", record.thread_id},
          {"subject", record.subject},
          {"body", body},
          {"unread", record.unread ? "t" : "f"},
          {"starred", record.starred ? "t" : "f"},
          {"date", std::to_string(record.date)},
          {"folders", joined},
          {"from", emails(record.from)},
          {"to", emails(record.to)},
          {"cc", emails(record.cc)},
          {"bcc", emails(record.bcc)},
          {"reply_to", emails(record.reply_to)},
          {"attachments", attached}};
}

std::map<std::string, picture> stored_messages(pg::connection& conn, const std::string& grant_id) {
  using text = std::string;
  std::map<std::string, picture> all;
  auto rows = conn.exec(messages_query, grant_id);
  for (auto& [id, thread, subject, body, unread, starred, date, folders, from, to, cc, bcc,
              reply_to, attached] : rows.rows<text, text, text, text, bool, bool, int64_t, text,
                                              text, text, text, text, text, text>())
    all[id] = {{"thread", thread},
               {"subject", subject},
               {"body", body},
               {"unread", unread ? "t" : "f"},
               {"starred", starred ? "t" : "f"},
               {"date", std::to_string(date)},
               {"folders", folders},
               {"from", from},
               {"to", to},
               {"cc", cc},
               {"bcc", bcc},
               {"reply_to", reply_to},
               {"attachments", attached}};
  return all;
}

std::string cut(const std::string& text) {
  return text.size() > 80 ? text.substr(0, 80) + "…" : text;
}

} // namespace

std::vector<std::string> broken_invariants(pg::connection& conn) {
  std::vector<std::string> broken;
  for (const auto& [what, find] : rules)
    for (const auto& [who] : conn.exec(find).rows<std::string>())
      broken.push_back(std::string(what) + ": " + who);
  return broken;
}

namespace {

/// Tells of each difference: whose, and what.
void compare(pg::connection& conn, simulator::simulator& provider, const std::string& grant_id,
             const std::function<void(const std::string& id, std::string text)>& tell) {
  auto stored = stored_messages(conn, grant_id);
  provider.visit_truth(grant_id, [&](const simulator::message_record& record) {
    if (record.draft)
      return;
    auto row = stored.find(record.id);
    if (row == stored.end()) {
      tell(record.id, "missing: " + record.id);
      return;
    }
    for (const auto& [field, expected] : picture_of(record))
      if (row->second[field] != expected)
        tell(record.id, record.id + ": " + field + " is '" + cut(row->second[field]) + "', not '"
                          + cut(expected) + "'");
    stored.erase(row);
  });
  for (const auto& [id, rest] : stored)
    tell(id, "extra: " + id);
}

} // namespace

std::vector<std::string> differences(pg::connection& conn, simulator::simulator& provider,
                                     const std::string& grant_id) {
  std::vector<std::string> found;
  compare(conn, provider, grant_id, [&found](const std::string&, std::string text) {
    if (found.size() < differences_max)
      found.push_back(std::move(text));
  });
  return found;
}

std::set<std::string> differing_messages(pg::connection& conn, simulator::simulator& provider,
                                         const std::string& grant_id) {
  std::set<std::string> ids;
  compare(conn, provider, grant_id, [&ids](const std::string& id, std::string) { ids.insert(id); });
  return ids;
}

} // namespace nova::test
