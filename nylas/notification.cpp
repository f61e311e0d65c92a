#include "nylas/notification.hpp"

#include "nylas/folder_reader.hpp"
#include "nylas/json.hpp"
#include "nylas/message_reader.hpp"
#include "nylas/reject.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace nova::nylas {

namespace {

constexpr json::bounds notification_bounds{.bytes_max = size_t{16} << 20};

constexpr std::array<std::pair<std::string_view, trigger>, 12> triggers{{
  {"message.created", trigger::message_created},
  {"message.updated", trigger::message_updated},
  {"message.deleted", trigger::message_deleted},
  {"thread.replied", trigger::thread_replied},
  {"folder.created", trigger::folder_created},
  {"folder.updated", trigger::folder_updated},
  {"folder.deleted", trigger::folder_deleted},
  {"grant.created", trigger::grant_created},
  {"grant.updated", trigger::grant_updated},
  {"grant.deleted", trigger::grant_deleted},
  {"grant.expired", trigger::grant_expired},
  {"grant.imap_sync_completed", trigger::grant_imap_sync_completed},
}};

constexpr std::array<std::string_view, 5> suffixes{".truncated", ".transformed", ".cleaned",
                                                   ".metadata", ".legacy"};

/// Cuts every suffix that says that the payload is not the plain object.
std::string_view without_suffixes(std::string_view type) {
  for (bool cut = true; cut;) {
    cut = false;
    for (auto suffix : suffixes)
      if (type.ends_with(suffix)) {
        type.remove_suffix(suffix.size());
        cut = true;
      }
  }
  return type;
}

bool about_message(trigger x) {
  return x == trigger::message_created || x == trigger::message_updated
         || x == trigger::message_deleted;
}

/// A suffix that nobody knows yet says that something is odd about the payload. Of mail that is
/// settled by a look at the API; on anything else a guess would act.
bool looks_settle(trigger x) {
  return about_message(x) || x == trigger::thread_replied;
}

trigger find_trigger(std::string_view type) {
  auto base = without_suffixes(type);
  for (const auto& [name, value] : triggers)
    if (name == base
        || (looks_settle(value) && base.starts_with(name) && base.size() > name.size() + 1
            && base[name.size()] == '.'))
      return value;
  return trigger::other;
}

bool about_folder(trigger x) {
  return x == trigger::folder_created || x == trigger::folder_updated
         || x == trigger::folder_deleted;
}

/// `data.object`, which may be null or missing; then an object without members.
const json::value& find_object(const json::value& root) {
  static const json::value none{rapidjson::kObjectType};
  auto data = json::find(root, "data");
  auto object = data == nullptr ? nullptr : json::find(*data, "object");
  return object != nullptr && object->IsObject() ? *object : none;
}

/// An id as text, also where it is a number; empty when there is none.
std::string find_id(const json::value& object, std::string_view name) {
  auto found = json::find_present(object, name);
  return found == nullptr ? std::string{} : json::scalar_text(*found).value_or("");
}

std::string find_grant(const json::value& root) {
  auto grant = find_id(find_object(root), "grant_id");
  auto data = json::find(root, "data");
  return grant.empty() && data != nullptr ? find_id(*data, "grant_id") : grant;
}

parsed<incoming_notification> read_envelope(const json::value& root) {
  json::members fields{root};
  incoming_notification read;
  read.id = fields.required_id("id");
  read.type = fields.required_id("type");
  read.grant.value = find_grant(root);
  if (fields.failure())
    return tl::unexpected(*fields.failure());
  return read;
}

int64_t find_number(const json::value& object, std::string_view name, int64_t otherwise) {
  auto found = json::find(object, name);
  return found != nullptr && found->IsInt64() ? found->GetInt64() : otherwise;
}

/// Reads the object as far as the trigger needs it.
void read_object(const json::value& object, notification& into) {
  if (about_folder(into.trigger)) {
    if (auto folder = read_folder(object))
      into.folder = std::move(*folder);
    else
      into.rejected = reject("folder", object, folder.error());
    return;
  }
  if (into.partial
      || (into.trigger != trigger::message_created && into.trigger != trigger::message_updated))
    return;
  message_reader reader;
  if (auto message = reader.read(object))
    into.message = std::move(*message);
}

} // namespace

std::string to_string(trigger x) {
  for (const auto& [name, value] : triggers)
    if (value == x)
      return std::string{name};
  return "other";
}

parsed<incoming_notification> parse_envelope(std::string body) {
  json::mend_text(body);
  json::document document; // parses a copy in place
  if (auto opened = document.open(body, notification_bounds); !opened)
    return tl::unexpected(opened.error());
  auto read = read_envelope(document.root());
  if (read)
    read->payload = std::move(body);
  return read;
}

parsed<notification> parse_notification(std::string body) {
  json::document document;
  if (auto opened = document.open(std::move(body), notification_bounds); !opened)
    return tl::unexpected(opened.error());
  const auto& root = document.root();
  auto envelope = read_envelope(root);
  if (!envelope)
    return tl::unexpected(envelope.error());

  notification read;
  read.id = std::move(envelope->id);
  read.type = std::move(envelope->type);
  read.grant_id = std::move(envelope->grant.value);
  read.trigger = find_trigger(read.type);
  read.partial = read.trigger != trigger::other && read.type != to_string(read.trigger);
  read.time = find_number(root, "time", 0);
  read.attempt = static_cast<int>(
    std::clamp<int64_t>(find_number(root, "webhook_delivery_attempt", 1), 1, 1000));

  const auto& object = find_object(root);
  read.object_id = find_id(object, read.trigger == trigger::thread_replied ? "message_id" : "id");
  json::members fields{object};
  if (about_message(read.trigger))
    (void)fields.required_id("id");
  if (fields.failure() && read.trigger == trigger::message_deleted)
    return tl::unexpected(
      base::bad_input{"data.object." + fields.failure()->where, fields.failure()->reason});
  if (fields.failure())
    read.rejected = reject("message", object, *fields.failure());
  else
    read_object(object, read);
  return read;
}

} // namespace nova::nylas
