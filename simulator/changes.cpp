#include "simulator/changes.hpp"

#include "simulator/api_objects.hpp"
#include "simulator/prose.hpp"
#include "simulator/random.hpp"

#include <algorithm>
#include <utility>

namespace nova::simulator {
namespace {

constexpr uint64_t for_new_mail = 2001;
constexpr size_t body_bytes = 2048;
constexpr size_t held_max = 10'000;
constexpr int64_t backfill_within =
  int64_t{72} * 3600; // seconds; Nylas tells nothing of longer gaps

constexpr std::string_view without_for_updates =
  "id,grant_id,object,thread_id,date,subject,snippet,body,from,to,cc,folders,unread,starred,"
  "metadata";

/// Codes of the published notification schemas.
int code_of(std::string_view type) {
  if (type == "grant.created")
    return 25012;
  if (type == "grant.deleted")
    return 25013;
  return type == "grant.expired" ? 25009 : 25014;
}

/// Google shows flags as labels too.
void set_label(std::vector<std::string>& folders, const char* label, bool on) {
  std::erase(folders, label);
  if (on)
    folders.emplace_back(label);
}

void match_labels(const grant_state& grant, message_record& message) {
  if (grant.provider != provider::google)
    return;
  set_label(message.folders, "UNREAD", message.unread);
  set_label(message.folders, "STARRED", message.starred);
}

std::string snippet_from(const std::string& body) {
  std::string out;
  bool tag = false;
  for (char c : body) {
    tag = tag || c == '<';
    if (!tag)
      out += c == '\r' || c == '\n' ? ' ' : c;
    tag = tag && c != '>';
    // Cut between characters of UTF-8, not within one.
    if (out.size() >= 90 && (static_cast<unsigned char>(c) & 0x80) == 0)
      break;
  }
  return out;
}

} // namespace

event message_event(const grant_state& grant, std::string_view type,
                    const message_record& message) {
  field_mask fields = all_fields & ~header_field;
  if (type == "message.deleted")
    fields = message_fields("id,grant_id,object");
  else if (type == "message.updated")
    fields = message_fields(without_for_updates);
  event out{std::string(type),
            "/" + to_string(grant.provider) + "/emails/realtime",
            grant.id,
            {},
            message.id};
  append_message(out.object, grant.id, message, fields);
  return out;
}

event grant_event(const world& in, grant_state& grant, std::string_view type) {
  std::unique_lock lock{grant.guard};
  const int64_t updated_at = grant.condition.updated_at;
  lock.unlock();
  event out{std::string(type), "/nylas/system", grant.id, {}};
  out.object = "{\"code\":" + std::to_string(code_of(type)) + ",\"grant_id\":";
  append_text(out.object, grant.id);
  out.object += ",\"integration_id\":";
  append_text(out.object, uuid_of(draw(in.seed(), for_new_mail)));
  out.object += ",\"provider\":";
  append_text(out.object, to_string(grant.provider));
  out.object += ",\"email\":";
  append_text(out.object, grant.email);
  if (type == "grant.expired")
    out.object += ",\"grant_updated_at\":" + std::to_string(updated_at);
  if (type == "grant.updated")
    out.object += ",\"reauthentication_flag\":true";
  out.object += '}';
  return out;
}

event replied_event(const grant_state& grant, const message_record& reply,
                    const std::string& root_id) {
  event out{"thread.replied", "/com/nylas/tracking", grant.id, "{\"object\":\"thread\""};
  auto text = [&out](const char* name, std::string_view value) {
    out.object.append(",\"").append(name).append("\":");
    append_text(out.object, value);
  };
  text("grant_id", grant.id);
  text("message_id", reply.id);
  text("root_message_id", root_id);
  text("reply_to_message_id", root_id);
  text("thread_id", reply.thread_id);
  out.object += ",\"from_self\":false,\"reply_data\":{\"count\":1},\"timestamp\":"
                + std::to_string(reply.date) + "}";
  return out;
}

void changes::tell(event what) const {
  if (!quiet_)
    in_->tell(std::move(what));
}

std::optional<message_record> changes::create(grant_state& grant, const new_message& wanted) {
  const uint64_t seed = draw(draw(in_->seed(), for_new_mail), in_->next_number());
  const auto& folders = grant.mail->source().folders();
  const address self{"Mailbox Owner", grant.email};
  const address other = correspondent(seed % 64);
  auto or_else = [](const std::vector<address>& given, const address& usual) {
    return given.empty() ? std::vector<address>{usual} : given;
  };
  message_record message;
  message.id = wanted.id;
  message.thread_id = wanted.thread_id;
  message.header_id =
    wanted.header_id.empty() ? "<" + hex16(seed) + "@mail.example.com>" : wanted.header_id;
  if (const auto before = grant.mail->find_thread(wanted.thread_id); !before.empty())
    message.reply_to_header_id = before.back().header_id;
  message.subject = wanted.subject.empty() ? subject_of(seed) : wanted.subject;
  message.body = {seed, body_bytes, wanted.body};
  message.snippet = wanted.body ? snippet_from(*wanted.body) : snippet_of(seed);
  message.from = or_else(wanted.from, wanted.sent ? self : other);
  message.to = or_else(wanted.to, wanted.sent ? other : self);
  message.cc = wanted.cc;
  message.bcc = wanted.bcc;
  message.reply_to = wanted.reply_to;
  message.folders = wanted.folders;
  if (message.folders.empty())
    message.folders.push_back(folders[wanted.draft ? drafts : wanted.sent ? sent : inbox].id);
  message.date = wanted.date.value_or(in_->now());
  message.came_at_ms = in_->now_ms();
  message.unread = wanted.unread && !wanted.sent;
  message.starred = wanted.starred;
  message.sent = wanted.sent;
  message.draft = wanted.draft;
  match_labels(grant, message);
  auto added = grant.mail->add(std::move(message));
  if (added && !added->draft)
    tell_mail(grant, "message.created", *added);
  return added;
}

std::optional<message_record> changes::edit(grant_state& grant, const std::string& id,
                                            const message_edit& what) {
  const auto before = what.folders ? grant.mail->find_message(id) : std::nullopt;
  if (!before || before->folders == *what.folders || !grant.move_changes_id())
    return edit_in_place(grant, id, what);
  // The folder changes first and quietly: webhooks see the old id go and the new one come.
  return quiet().edit_in_place(grant, id, what) ? rename(grant, id) : std::nullopt;
}

std::optional<message_record> changes::edit_in_place(grant_state& grant, const std::string& id,
                                                     const message_edit& what) {
  auto changed = grant.mail->change(id, [&](message_record& message) {
    if (what.subject) {
      message.subject = *what.subject;
      message.plain = false;
    }
    if (what.body) {
      message.body.text = *what.body;
      message.snippet = snippet_from(*what.body);
      message.plain = false;
    }
    if (what.folders)
      message.folders = *what.folders;
    message.unread = what.unread.value_or(message.unread);
    message.starred = what.starred.value_or(message.starred);
    match_labels(grant, message);
  });
  if (changed)
    tell_mail(grant, "message.updated", *changed);
  return changed;
}

bool changes::remove(grant_state& grant, const std::string& id) {
  auto gone = grant.mail->remove(id);
  if (gone)
    tell_mail(grant, "message.deleted", *gone);
  return gone.has_value();
}

std::optional<message_record> changes::move(grant_state& grant, const std::string& id,
                                            const std::string& folder, std::optional<bool> new_id) {
  message_edit into_folder;
  into_folder.folders = {folder};
  if (!new_id)
    return edit(grant, id, into_folder);
  if (!*new_id)
    return edit_in_place(grant, id, into_folder);
  return quiet().edit_in_place(grant, id, into_folder) ? rename(grant, id) : std::nullopt;
}

std::optional<message_record> changes::rename(grant_state& grant, const std::string& id) {
  const auto before = grant.mail->find_message(id);
  auto renamed = before ? grant.mail->change_id(id, in_->now_ms()) : std::nullopt;
  if (!renamed)
    return std::nullopt;
  tell_mail(grant, "message.deleted", *before);
  tell_mail(grant, "message.created", *renamed);
  return renamed;
}

std::optional<std::string> changes::split(grant_state& grant, const std::vector<std::string>& ids) {
  auto is_gone = [&](const std::string& id) { return !grant.mail->find_message(id); };
  if (std::any_of(ids.begin(), ids.end(), is_gone))
    return std::nullopt;
  std::string thread_id;
  for (const auto& id : ids) {
    auto moved = grant.mail->regroup(id, thread_id);
    if (!moved)
      return std::nullopt;
    thread_id = moved->thread_id;
    tell_mail(grant, "message.updated", *moved);
  }
  return ids.empty() ? std::nullopt : std::optional{thread_id};
}

bool changes::merge(grant_state& grant, const std::string& from, const std::string& into) {
  const auto messages = grant.mail->find_thread(from);
  if (messages.empty() || from == into || grant.mail->find_thread(into).empty())
    return false;
  for (const auto& message : messages)
    if (auto moved = grant.mail->regroup(message.id, into))
      tell_mail(grant, "message.updated", *moved);
  return true;
}

void changes::tell_mail(grant_state& grant, std::string_view type,
                        const message_record& message) const {
  const auto now = in_->current();
  if (grant.provider == provider::imap && now.imap_horizon.count() > 0 && !now.imap_tells_old
      && message.date < in_->now() - now.imap_horizon.count())
    return;
  auto what = message_event(grant, type, message);
  std::unique_lock lock{grant.guard};
  if (!grant.condition.valid) {
    // Nylas sees nothing of a mailbox that it may not open.
    if (!quiet_ && grant.condition.held.size() < held_max)
      grant.condition.held.push_back(std::move(what));
    return;
  }
  lock.unlock();
  tell(std::move(what));
}

void changes::expire(grant_state& grant) {
  std::unique_lock lock{grant.guard};
  const bool was_valid = grant.condition.valid;
  grant.condition.valid = false;
  if (was_valid)
    grant.condition.expired_at = in_->now();
  lock.unlock();
  if (was_valid)
    tell(grant_event(*in_, grant, "grant.expired"));
}

std::shared_ptr<grant_state> changes::replace(grant_state& grant) {
  auto next = in_->replace_grant(grant);
  if (!next)
    return nullptr;
  tell(grant_event(*in_, grant, "grant.deleted"));
  tell(grant_event(*in_, *next, "grant.created"));
  return next;
}

void changes::reauthorise(grant_state& grant, bool in_time) {
  std::unique_lock lock{grant.guard};
  auto& condition = grant.condition;
  in_time = in_time && in_->now() - condition.expired_at <= backfill_within;
  condition.valid = true;
  condition.blocked = false;
  condition.updated_at = in_->now();
  const auto missed = std::exchange(condition.held, {});
  lock.unlock();
  tell(grant_event(*in_, grant, "grant.updated"));
  if (in_time)
    for (const auto& one : missed)
      tell(one);
}

} // namespace nova::simulator
