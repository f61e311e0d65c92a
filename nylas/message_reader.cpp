#include "nylas/message_reader.hpp"

#include <algorithm>
#include <array>
#include <forward_list>
#include <vector>

namespace nova::nylas {

namespace {

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

void append_size(std::string& out, json::members& fields, const json::value& size) {
  constexpr double size_max = 9e18;
  auto bytes = size.IsInt64()    ? size.GetInt64()
               : size.IsNumber() ? static_cast<int64_t>(std::min(size.GetDouble(), size_max))
                                 : -1;
  if (!size.IsInt64())
    fields.note("attachments", "a size is no whole number");
  else if (bytes < 0)
    fields.note("attachments", "a size is negative, left out");
  if (bytes < 0)
    return;
  append_name(out, "size");
  out += std::to_string(bytes);
}

void append_attachment(std::string& out, json::members& fields, const json::value& attachment) {
  constexpr std::array<std::string_view, 5> texts{"id", "filename", "content_type", "content_id",
                                                  "content_disposition"};
  out += '{';
  for (auto name : texts) {
    auto found = json::find_present(attachment, name);
    if (found == nullptr)
      continue;
    // Nylas' own examples show numbers here.
    if (auto text = json::scalar_text(*found))
      append_text(out, name, *text);
    else
      fields.note("attachments", "a field is no text, left out");
  }
  if (auto size = json::find_present(attachment, "size"))
    append_size(out, fields, *size);
  if (auto is_inline = json::find_present(attachment, "is_inline")) {
    if (is_inline->IsBool()) {
      append_name(out, "is_inline");
      out += is_inline->GetBool() ? "true" : "false";
    } else {
      fields.note("attachments", "is_inline is neither true nor false, left out");
    }
  }
  out += '}';
}

/// An address and a name, as they stand in the list.
struct person {
  std::string_view email, name;
};

/// `Ann <ann@example.com>` or the address alone.
person person_of(std::string_view text) {
  auto open = text.rfind('<');
  if (open == std::string_view::npos || !text.ends_with('>'))
    return {text, {}};
  auto name = text.substr(0, open);
  auto last = name.find_last_not_of(' ');
  return {text.substr(open + 1, text.size() - open - 2),
          name.substr(0, last == std::string_view::npos ? 0 : last + 1)};
}

std::optional<person> read_person(json::members& fields, std::string_view list,
                                  const json::value& element) {
  if (element.IsString()) {
    fields.note(list, "an address is text, read as one");
    return person_of(json::text_of(element));
  }
  if (!element.IsObject()) {
    fields.note(list, "an address is neither an object nor text, left out");
    return {};
  }
  for (std::string_view name : {"email", "name"})
    if (auto found = json::find_present(element, name); found != nullptr && !found->IsString())
      fields.note(list, "a part of an address is no text, left out");
  return person{json::find_text(element, "email"), json::find_text(element, "name")};
}

/// Takes what was read, if anything, and says so in `carried`.
template <class T>
void take(email_message& into, uint32_t bit, std::optional<T>&& read, T& field) {
  if (!read)
    return;
  into.carried |= bit;
  field = std::move(*read);
}

/// Names of headers are of any case.
bool is_message_id(std::string_view name) {
  constexpr std::string_view wanted = "message-id";
  return std::equal(name.begin(), name.end(), wanted.begin(), wanted.end(), [](char a, char b) {
    return (a >= 'A' && a <= 'Z' ? a + ('a' - 'A') : a) == b;
  });
}

/// The first of `headers`, which are there when `fields` asked for them, and in `.metadata`
/// notifications.
std::string_view read_rfc822_id(json::members& fields) {
  for (const auto& header : fields.list("headers").value_or(std::span<const json::value>{}))
    if (is_message_id(json::find_text(header, "name")))
      return bare_rfc822_id(json::find_text(header, "value"));
  return {};
}

} // namespace

tl::expected<email_message, base::bad_input> message_reader::read(const json::value& object) {
  json::members fields{object};
  email_message read;
  read.id.value = fields.required_id("id");
  if (fields.failure())
    return tl::unexpected(*fields.failure());
  read.grant.value = fields.id("grant_id").value_or("");
  read_core(fields, read);
  read_body(fields, read);
  read.core_hash = canonical_.finish();
  read_extras(fields, read);
  auto extra_hash = canonical_.finish();
  if ((read.carried & carries_extras) != 0)
    read.extra_hash = std::move(extra_hash);
  read.rfc822_id = read_rfc822_id(fields);
  read.notes = fields.notes();
  return read;
}

void message_reader::read_core(json::members& fields, email_message& into) {
  take(into, carries_thread, fields.id("thread_id"), into.thread.value);
  if (into.thread.value.empty())
    into.carried &= ~carries_thread;
  canonical_.add(into.thread.value);
  if (auto object = fields.text("object"); object == "draft")
    into.object = "draft";
  else if (object && object != "message")
    fields.note("object", "neither message nor draft, read as a message");
  canonical_.add(into.object);
  take(into, carries_subject, fields.text("subject"), into.subject);
  canonical_.add(into.subject);
  take(into, carries_snippet, fields.text("snippet"), into.snippet);
  canonical_.add(into.snippet);
  read_addresses(fields, "from", carries_from, into, into.from);
  read_addresses(fields, "to", carries_to, into, into.to);
  read_addresses(fields, "cc", carries_cc, into, into.cc);
  take(into, carries_folders, read_folders(fields), into.folders);
  canonical_.add(into.folders);
  if (auto metadata = fields.object("metadata")) {
    into.carried |= carries_metadata;
    into.metadata = json::to_compact(*metadata);
  }
  canonical_.add(into.metadata);
  if ((into.date = fields.seconds("date")))
    into.carried |= carries_date;
  canonical_.add(into.date.has_value());
  canonical_.add(into.date.value_or(0));
  take(into, carries_unread, fields.flag("unread"), into.unread);
  canonical_.add(into.unread);
  take(into, carries_starred, fields.flag("starred"), into.starred);
  canonical_.add(into.starred);
}

void message_reader::read_body(json::members& fields, email_message& into) {
  take(into, carries_body, fields.text("body"), into.body);
  canonical_.add((into.carried & carries_body) != 0);
  canonical_.add(into.body);
}

void message_reader::read_extras(json::members& fields, email_message& into) {
  take(into, carries_attachments, read_attachments(fields), into.attachments);
  canonical_.add(into.attachments);
  read_addresses(fields, "bcc", carries_bcc, into, into.bcc);
  read_addresses(fields, "reply_to", carries_reply_to, into, into.reply_to);
}

void message_reader::read_addresses(json::members& fields, std::string_view name, uint32_t bit,
                                    email_message& into, std::string& list) {
  auto elements = fields.list(name);
  list = "[";
  int64_t count = 0;
  bool unreadable = false;
  for (const auto& element : elements.value_or(std::span<const json::value>{})) {
    if (element.IsNull())
      continue;
    auto person = read_person(fields, name, element);
    unreadable |= !person;
    if (!person)
      continue;
    canonical_.add_lower_case(person->email);
    canonical_.add(person->name);
    list += count++ == 0 ? "{" : ",{";
    append_text(list, "email", person->email);
    if (!person->name.empty())
      append_text(list, "name", person->name);
    list += '}';
  }
  list += ']';
  canonical_.add(count);
  // Of a list without one readable address nothing is known.
  if (elements && (count > 0 || !unreadable))
    into.carried |= bit;
}

std::optional<std::string> read_attachments(json::members& fields) {
  auto list = fields.list("attachments");
  if (!list)
    return {};
  std::string read = "[";
  bool unreadable = false;
  for (const auto& attachment : *list) {
    if (attachment.IsNull())
      continue;
    if (!attachment.IsObject()) {
      fields.note("attachments", "an element is no object, left out");
      unreadable = true;
      continue;
    }
    if (read.size() > 1)
      read += ',';
    append_attachment(read, fields, attachment);
  }
  if (unreadable && read.size() == 1)
    return {};
  return read += ']';
}

std::optional<std::string> read_folders(json::members& fields) {
  auto list = fields.list("folders");
  if (!list)
    return {};
  std::vector<std::string_view> ids;
  std::forward_list<std::string> converted; // what `ids` points to besides the document
  bool unreadable = false;
  for (const auto& element : *list) {
    if (element.IsString()) {
      ids.push_back(json::text_of(element));
      continue;
    }
    if (element.IsNull())
      continue;
    auto id = json::find_present(element, "id");
    auto text = json::scalar_text(id != nullptr ? *id : element);
    fields.note("folders",
                text ? "an element is no text, read as its id" : "an element has no id, left out");
    unreadable |= !text;
    if (text)
      ids.push_back(converted.emplace_front(std::move(*text)));
  }
  if (unreadable && ids.empty())
    return {};
  return list_of_folders(std::move(ids));
}

std::string list_of_folders(std::vector<std::string_view> ids) {
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  std::string list = "[";
  for (auto id : ids) {
    if (list.size() > 1)
      list += ',';
    json::append_string(list, id);
  }
  return list += ']';
}

} // namespace nova::nylas
