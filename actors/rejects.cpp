#include "actors/rejects.hpp"

#include "actors/mail_batch.hpp"
#include "base/clock.hpp"
#include "base/json_text.hpp"
#include "base/log.hpp"
#include "nylas/digest.hpp"
#include "nylas/parse.hpp"
#include "pg/email/accept_thread_jobs.hpp"
#include "pg/email/claim_rejects.hpp"
#include "pg/email/forget_rejects.hpp"
#include "pg/email/reject_still.hpp"
#include "pg/email/store_folders.hpp"

#include <optional>
#include <utility>

namespace nova {
namespace {

constexpr base::log rejects_log{"Rejects"};

constexpr size_t raw_bytes_max = size_t{1} << 20;

/// What this version makes of one of them: empty when it is stored, or needs no more.
struct reading {
  std::string still; // why it cannot be read
  std::optional<store_messages> message;
};

std::string single(const std::string& raw) {
  return "{\"data\":" + raw + "}";
}

std::string page_of(const std::string& raw) {
  return "{\"data\":[" + raw + "]}";
}

reading read_message(const claimed_reject& reject) {
  auto parsed = nylas::parse_message(single(reject.raw));
  if (!parsed)
    return {to_string(parsed.error()), {}};
  if (parsed->object != "message")
    return {};
  store_messages request;
  // Moved from a copy: g++ 12 takes a plain one for a read of what is not set yet.
  request.inbox = inbox_id{reject.inbox.value};
  request.origin = mail_origin::reconcile;
  // As with a notification, nobody knows how old it is: it will be fetched soon.
  request.hi = reject.last_seen_at;
  request.messages.push_back(std::move(*parsed));
  return {{}, std::move(request)};
}

reading read_folder(pg::connection& conn, const claimed_reject& reject) {
  auto page = nylas::parse_folder_page(page_of(reject.raw));
  if (!page || page->items.empty())
    return {page && !page->rejected.empty() ? page->rejected[0].reason : "no folder", {}};
  auto& folder = page->items[0];
  pg::store_folders{{{reject.inbox, folder.id, folder.name, folder.parent_id, folder.attributes,
                      folder.system_folder}}}
    .run(conn);
  return {};
}

/// Its messages are fetched as those of any thread of the newest backfill; without one, the next
/// will list it.
reading read_thread(pg::connection& conn, const claimed_reject& reject) {
  auto thread = nylas::parse_thread(single(reject.raw));
  if (!thread)
    return {to_string(thread.error()), {}};
  if (!reject.config.value.empty())
    pg::accept_thread_jobs{reject.config,
                           {{thread_id{thread->id}, base::wall_now().time_since_epoch().count()}}}
      .run(conn);
  return {};
}

reading read_again(pg::connection& conn, const claimed_reject& reject) {
  if (reject.kind == "message")
    return read_message(reject);
  return reject.kind == "folder" ? read_folder(conn, reject) : read_thread(conn, reject);
}

} // namespace

void tell_rejects(const inbox_id& inbox, const std::vector<email_reject>& rejects) {
  if (!rejects.empty())
    rejects_log.warn("not readable, kept", {{"inbox", inbox},
                                            {"kind", rejects.front().kind},
                                            {"count", rejects.size()},
                                            {"first", rejects.front().reason}});
}

email_reject refused_message(const email_message& message, std::string_view reason) {
  email_reject reject{"message", message.id.value, {}, std::string{reason}, {}};
  nylas::digest identity;
  identity.add(message.id.value);
  reject.identity = identity.finish();
  auto& raw = reject.raw;
  auto add = [&](std::string_view name, bool text, std::string_view value) {
    raw.append(raw.empty() ? "{\"" : ",\"").append(name).append("\":");
    if (text)
      base::append_json_string(raw, value);
    else
      raw += value;
  };
  // What is not carried stays away: absent is not empty.
  auto carried = [&](uint32_t bit, std::string_view name, bool text, std::string_view value) {
    if ((message.carried & bit) != 0)
      add(name, text, value);
  };
  add("id", true, message.id.value);
  carried(carries_thread, "thread_id", true, message.thread.value);
  carried(carries_subject, "subject", true, message.subject);
  carried(carries_snippet, "snippet", true, message.snippet);
  carried(carries_body, "body", true, message.body);
  carried(carries_from, "from", false, message.from);
  carried(carries_to, "to", false, message.to);
  carried(carries_cc, "cc", false, message.cc);
  carried(carries_bcc, "bcc", false, message.bcc);
  carried(carries_reply_to, "reply_to", false, message.reply_to);
  carried(carries_attachments, "attachments", false, message.attachments);
  carried(carries_folders, "folders", false, message.folders);
  carried(carries_metadata, "metadata", false, message.metadata);
  carried(carries_date, "date", false, std::to_string(message.date.value_or(0)));
  carried(carries_unread, "unread", false, message.unread ? "true" : "false");
  carried(carries_starred, "starred", false, message.starred ? "true" : "false");
  raw += '}';
  if (reject.raw.size() > raw_bytes_max)
    reject.raw.clear();
  return reject;
}

uint64_t reread_rejects(pg::connection& conn, uint32_t limit) {
  auto claimed = pg::claim_rejects{limit}.run(conn);
  std::vector<claimed_reject> readable, still;
  std::vector<std::string> reasons;
  auto unreadable = [&](const claimed_reject& reject, std::string reason) {
    still.push_back(reject);
    reasons.push_back(std::move(reason));
  };
  for (const auto& reject : claimed) {
    auto read = read_again(conn, reject);
    if (read.message)
      if (auto refused = write_mail{{std::move(*read.message)}}.run(conn).at(0).refused;
          !refused.empty())
        read.still = std::move(refused);
    if (read.still.empty())
      readable.push_back(reject);
    else
      unreadable(reject, std::move(read.still));
  }
  auto read_at_last = readable.size();
  pg::forget_rejects{std::move(readable)}.run(conn);
  pg::reject_still{std::move(still), std::move(reasons)}.run(conn);
  if (read_at_last > 0)
    rejects_log.info("read at last, with this version", {{"count", read_at_last}});
  return claimed.size();
}

} // namespace nova
