#include "nylas/message_reader.hpp"

#include <algorithm>
#include <array>
#include <vector>

namespace nova::nylas {

namespace {

constexpr uint32_t carries_extras = carries_attachments | carries_bcc | carries_reply_to;

/// Opens a member of a JSON object that is being written.
void append_name(std::string& out, std::string_view name) {
  if (out.back() != '{')
    out += ',';
  json::append_string(out, name);
  out += ':';
}

void append_text(std::string& out, std::string_view name, std::string_view text) {
  append_name(out, name);
  json::append_string(out, text);
}

void append_attachment(std::string& out, const json::value& attachment) {
  constexpr std::array<std::string_view, 5> texts{"id", "filename", "content_type", "content_id",
                                                  "content_disposition"};
  out += '{';
  for (auto name : texts) {
    auto found = json::find_present(attachment, name);
    if (found == nullptr)
      continue;
    if (found->IsString())
      append_text(out, name, json::text_of(*found));
    else if (found->IsInt64())
      append_text(out, name, std::to_string(found->GetInt64()));
  }
  if (auto size = json::find(attachment, "size");
      size != nullptr && size->IsInt64() && size->GetInt64() >= 0) {
    append_name(out, "size");
    out += std::to_string(size->GetInt64());
  }
  if (auto is_inline = json::find(attachment, "is_inline");
      is_inline != nullptr && is_inline->IsBool()) {
    append_name(out, "is_inline");
    out += is_inline->GetBool() ? "true" : "false";
  }
  out += '}';
}

} // namespace

tl::expected<message, base::bad_input> message_reader::read(const json::value& object) {
  json::members fields{object};
  message read;
  read.carried = carried_by(object);
  read.id = fields.required_id("id");
  read.grant_id = fields.id("grant_id");
  read_core(fields, read);
  read_body(fields, read);
  read.core_hash = canonical_.finish();
  read_extras(fields, read);
  auto extra_hash = canonical_.finish();
  if ((read.carried & carries_extras) == carries_extras)
    read.extra_hash = std::move(extra_hash);
  if (fields.failure())
    return tl::unexpected(*fields.failure());
  return read;
}

uint32_t message_reader::carried_by(const json::value& object) const {
  if (from_ == source::api && json::find(object, "body") != nullptr)
    return carries_all;
  uint32_t carried = 0;
  auto has = [&](std::string_view name) { return json::find_present(object, name) != nullptr; };
  // Of a webhook the core is always there; an answer to `select` is told by what no message lacks.
  if (from_ == source::webhook || (has("subject") && has("folders") && has("unread")))
    carried |= carries_core;
  if (has("body"))
    carried |= carries_body;
  if (has("attachments"))
    carried |= carries_attachments;
  if (has("bcc"))
    carried |= carries_bcc;
  if (has("reply_to"))
    carried |= carries_reply_to;
  return carried;
}

void message_reader::read_core(json::members& fields, message& into) {
  into.thread_id = fields.id("thread_id");
  canonical_.add(into.thread_id);
  if (auto object = fields.text("object"); !object.empty())
    into.object = std::move(object);
  if (into.object != "message" && into.object != "draft")
    fields.fail("object", "neither message nor draft");
  canonical_.add(into.object);
  into.subject = fields.text("subject");
  canonical_.add(into.subject);
  into.snippet = fields.text("snippet");
  canonical_.add(into.snippet);
  read_addresses(fields, "from", into.from);
  read_addresses(fields, "to", into.to);
  read_addresses(fields, "cc", into.cc);
  read_folders(fields, into.folders);
  canonical_.add(into.folders);
  if (auto metadata = fields.object("metadata"); metadata != nullptr && metadata->MemberCount() > 0)
    into.metadata = json::to_compact(*metadata);
  canonical_.add(into.metadata);
  into.date = fields.seconds("date");
  canonical_.add(into.date.has_value());
  canonical_.add(into.date.value_or(0));
  into.unread = fields.flag("unread");
  canonical_.add(into.unread);
  into.starred = fields.flag("starred");
  canonical_.add(into.starred);
}

void message_reader::read_body(json::members& fields, message& into) {
  canonical_.add((into.carried & carries_body) != 0);
  into.body = fields.text("body");
  canonical_.add(into.body);
}

void message_reader::read_extras(json::members& fields, message& into) {
  read_attachments(fields, into.attachments);
  canonical_.add(into.attachments);
  read_addresses(fields, "bcc", into.bcc);
  read_addresses(fields, "reply_to", into.reply_to);
}

void message_reader::read_addresses(json::members& fields, std::string_view name,
                                    std::string& into) {
  auto list = fields.list(name);
  into = "[";
  int64_t count = 0;
  for (rapidjson::SizeType i = 0; list != nullptr && i < list->Size(); ++i) {
    const auto& address = (*list)[i];
    if (address.IsNull())
      continue;
    if (!address.IsObject()) {
      fields.fail(name, "an element is no object");
      continue;
    }
    auto email = json::find_text(address, "email");
    auto person = json::find_text(address, "name");
    canonical_.add_lower_case(email);
    canonical_.add(person);
    into += count++ == 0 ? "{" : ",{";
    append_text(into, "email", email);
    if (!person.empty())
      append_text(into, "name", person);
    into += '}';
  }
  into += ']';
  canonical_.add(count);
}

void read_attachments(json::members& fields, std::string& into) {
  auto list = fields.list("attachments");
  into = "[";
  for (rapidjson::SizeType i = 0; list != nullptr && i < list->Size(); ++i) {
    const auto& attachment = (*list)[i];
    if (attachment.IsNull())
      continue;
    if (!attachment.IsObject()) {
      fields.fail("attachments", "an element is no object");
      continue;
    }
    if (into.size() > 1)
      into += ',';
    append_attachment(into, attachment);
  }
  into += ']';
}

void read_folders(json::members& fields, std::string& into) {
  auto list = fields.list("folders");
  std::vector<std::string_view> ids;
  for (rapidjson::SizeType i = 0; list != nullptr && i < list->Size(); ++i) {
    const auto& id = (*list)[i];
    if (id.IsString())
      ids.push_back(json::text_of(id));
    else if (!id.IsNull())
      fields.fail("folders", "an element is no string");
  }
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  into = "[";
  for (auto id : ids) {
    if (into.size() > 1)
      into += ',';
    json::append_string(into, id);
  }
  into += ']';
}

} // namespace nova::nylas
