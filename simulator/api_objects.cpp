#include "simulator/api_objects.hpp"

#include "simulator/generator.hpp"

#include <algorithm>
#include <array>
#include <span>

namespace nova::simulator {
namespace {

enum message_name : size_t {
  m_id,
  m_grant_id,
  m_object,
  m_thread_id,
  m_date,
  m_subject,
  m_snippet,
  m_body,
  m_from,
  m_to,
  m_cc,
  m_bcc,
  m_reply_to,
  m_folders,
  m_unread,
  m_starred,
  m_attachments,
  m_metadata,
  m_headers,
};
static_assert(header_field == field_mask{1} << m_headers);
constexpr std::array<std::string_view, 19> message_names = {
  "id",     "grant_id", "object",      "thread_id", "date",   "subject",  "snippet",
  "body",   "from",     "to",          "cc",        "bcc",    "reply_to", "folders",
  "unread", "starred",  "attachments", "metadata",  "headers"};

enum thread_name : size_t {
  t_id,
  t_grant_id,
  t_object,
  t_subject,
  t_snippet,
  t_message_ids,
  t_draft_ids,
  t_participants,
  t_folders,
  t_unread,
  t_starred,
  t_has_attachments,
  t_has_drafts,
  t_earliest,
  t_received,
  t_sent,
  t_latest,
};
constexpr std::array<std::string_view, 17> thread_names = {"id",
                                                           "grant_id",
                                                           "object",
                                                           "subject",
                                                           "snippet",
                                                           "message_ids",
                                                           "draft_ids",
                                                           "participants",
                                                           "folders",
                                                           "unread",
                                                           "starred",
                                                           "has_attachments",
                                                           "has_drafts",
                                                           "earliest_message_date",
                                                           "latest_message_received_date",
                                                           "latest_message_sent_date",
                                                           "latest_draft_or_message"};

enum folder_name : size_t { f_id, f_grant_id, f_object, f_name, f_system_folder, f_attributes };
constexpr std::array<std::string_view, 6> folder_names = {"id",   "grant_id",      "object",
                                                          "name", "system_folder", "attributes"};

field_mask mask_of(std::span<const std::string_view> names, std::string_view select) {
  if (select.empty())
    return all_fields;
  field_mask mask = 0;
  while (!select.empty()) {
    const auto comma = std::min(select.find(','), select.size());
    const auto name = std::find(names.begin(), names.end(), select.substr(0, comma));
    if (name != names.end())
      mask |= field_mask{1} << (name - names.begin());
    select.remove_prefix(std::min(comma + 1, select.size()));
  }
  return mask;
}

/// Writes the members of one object, those that the mask wants.
class object_writer {
public:
  object_writer(std::string& out, std::span<const std::string_view> names, field_mask mask,
                bool plain)
    : out_(out), names_(names), mask_(mask), plain_(plain) {
    out_ += '{';
  }

  [[nodiscard]] bool wants(size_t field) const {
    return (mask_ >> field & 1) != 0;
  }

  /// False when the field is not wanted; else the caller appends its value.
  bool begin(size_t field) {
    if (!wants(field))
      return false;
    out_ += first_ ? "\"" : ",\"";
    first_ = false;
    out_.append(names_[field]).append("\":");
    return true;
  }

  void text(size_t field, std::string_view value) {
    if (begin(field))
      quote(value);
  }
  void number(size_t field, int64_t value) {
    if (begin(field))
      out_ += std::to_string(value);
  }
  void number(size_t field, const std::optional<int64_t>& value) {
    if (value)
      number(field, *value);
  }
  void truth(size_t field, bool value) {
    if (begin(field))
      out_ += value ? "true" : "false";
  }
  void texts(size_t field, const std::vector<std::string>& values) {
    if (!begin(field))
      return;
    list(values, [this](const std::string& value) { append_text(out_, value); });
  }
  void people(size_t field, const std::vector<address>& values) {
    if (!begin(field))
      return;
    list(values, [this](const address& one) {
      out_ += '{';
      if (!one.name.empty()) {
        out_ += "\"name\":";
        quote(one.name);
        out_ += ',';
      }
      out_ += "\"email\":";
      quote(one.email);
      out_ += '}';
    });
  }
  template <class T, class Write>
  void list(const std::vector<T>& values, Write write) {
    char separator = '[';
    for (const auto& value : values) {
      out_ += separator;
      write(value);
      separator = ',';
    }
    out_ += values.empty() ? "[]" : "]";
  }
  void quote(std::string_view value) {
    if (!plain_) {
      append_text(out_, value);
      return;
    }
    out_ += '"';
    out_ += value;
    out_ += '"';
  }
  void end() {
    out_ += '}';
  }

private:
  std::string& out_;
  std::span<const std::string_view> names_;
  field_mask mask_;
  bool plain_;
  bool first_ = true;
};

void append_unique(std::vector<std::string>& to, const std::string& value) {
  if (std::find(to.begin(), to.end(), value) == to.end())
    to.push_back(value);
}

void append_unique(std::vector<address>& to, const std::vector<address>& from) {
  for (const auto& one : from) {
    auto same = [&](const address& known) { return known.email == one.email; };
    if (std::none_of(to.begin(), to.end(), same))
      to.push_back(one);
  }
}

void append_body_text(std::string& out, const body_source& body) {
  if (body.text) {
    append_text(out, *body.text);
    return;
  }
  out += '"';
  append_body(out, body); // generated text needs no escapes
  out += '"';
}

void append_headers(std::string& out, const message_record& message) {
  auto header = [&out](std::string_view name, std::string_view value) {
    out.append(out.back() == '[' ? "{\"name\":\"" : ",{\"name\":\"").append(name);
    out += "\",\"value\":";
    append_text(out, value);
    out += '}';
  };
  out += '[';
  header("Message-ID", message.header_id);
  if (!message.reply_to_header_id.empty()) {
    header("In-Reply-To", message.reply_to_header_id);
    header("References", message.reply_to_header_id);
  }
  out += ']';
}

} // namespace

field_mask message_fields(std::string_view select) {
  return mask_of(message_names, select);
}

field_mask thread_fields(std::string_view select) {
  return mask_of(thread_names, select);
}

field_mask folder_fields(std::string_view select) {
  return mask_of(folder_names, select);
}

thread_record summarise(const std::vector<message_record>& messages) {
  thread_record out;
  const auto& latest = messages.back();
  out.id = latest.thread_id;
  out.subject = messages.front().subject;
  out.snippet = latest.snippet;
  out.earliest_date = messages.front().date;
  out.plain = true;
  for (const auto& message : messages) {
    (message.draft ? out.draft_ids : out.message_ids).push_back(message.id);
    append_unique(out.participants, message.from);
    append_unique(out.participants, message.to);
    append_unique(out.participants, message.cc);
    for (const auto& folder : message.folders)
      append_unique(out.folders, folder);
    out.unread |= message.unread;
    out.starred |= message.starred;
    out.has_attachments |= !message.attachments.empty();
    out.plain &= message.plain;
    if (!message.draft)
      (message.sent ? out.sent_date : out.received_date) = message.date;
  }
  out.latest = latest;
  return out;
}

void append_text(std::string& out, std::string_view text) {
  constexpr std::string_view digits = "0123456789abcdef";
  out += '"';
  size_t copied = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c >= 0x20 && c != '"' && c != '\\')
      continue;
    out.append(text, copied, i - copied);
    copied = i + 1;
    out += '\\';
    switch (c) {
      case '"':
      case '\\': out += static_cast<char>(c); break;
      case '\n': out += 'n'; break;
      case '\r': out += 'r'; break;
      case '\t': out += 't'; break;
      default: (out += "u00") += digits[c >> 4], out += digits[c & 15];
    }
  }
  out.append(text, copied);
  out += '"';
}

void append_message(std::string& out, std::string_view grant_id, const message_record& message,
                    field_mask fields) {
  object_writer write{out, message_names, fields, message.plain};
  if (write.begin(m_id))
    append_text(out, message.id);
  write.text(m_grant_id, grant_id);
  write.text(m_object, message.draft ? "draft" : "message");
  if (!message.thread_id.empty() && write.begin(m_thread_id))
    append_text(out, message.thread_id);
  write.number(m_date, message.date);
  write.text(m_subject, message.subject);
  write.text(m_snippet, message.snippet);
  if (write.begin(m_body))
    append_body_text(out, message.body);
  write.people(m_from, message.from);
  write.people(m_to, message.to);
  write.people(m_cc, message.cc);
  write.people(m_bcc, message.bcc);
  write.people(m_reply_to, message.reply_to);
  write.texts(m_folders, message.folders);
  write.truth(m_unread, message.unread);
  write.truth(m_starred, message.starred);
  if (write.begin(m_attachments))
    write.list(message.attachments,
               [&](const attachment& file) { append_attachment(out, grant_id, file); });
  if (!message.metadata.empty() && write.begin(m_metadata))
    out += message.metadata;
  if (write.begin(m_headers))
    append_headers(out, message);
  write.end();
}

void append_thread(std::string& out, std::string_view grant_id, const thread_record& thread,
                   field_mask fields) {
  object_writer write{out, thread_names, fields, thread.plain};
  if (write.begin(t_id))
    append_text(out, thread.id);
  write.text(t_grant_id, grant_id);
  write.text(t_object, "thread");
  write.text(t_subject, thread.subject);
  write.text(t_snippet, thread.snippet);
  write.texts(t_message_ids, thread.message_ids);
  write.texts(t_draft_ids, thread.draft_ids);
  write.people(t_participants, thread.participants);
  write.texts(t_folders, thread.folders);
  write.truth(t_unread, thread.unread);
  write.truth(t_starred, thread.starred);
  write.truth(t_has_attachments, thread.has_attachments);
  write.truth(t_has_drafts, !thread.draft_ids.empty());
  write.number(t_earliest, thread.earliest_date);
  write.number(t_received, thread.received_date);
  write.number(t_sent, thread.sent_date);
  if (write.begin(t_latest))
    append_message(out, grant_id, thread.latest);
  write.end();
}

void append_attachment(std::string& out, std::string_view grant_id, const attachment& file) {
  auto member = [&](std::string_view name, std::string_view value) {
    if (value.empty())
      return;
    out.append(",\"").append(name).append("\":");
    append_text(out, value);
  };
  out += "{\"id\":";
  append_text(out, file.id);
  member("grant_id", grant_id);
  member("filename", file.filename);
  member("content_type", file.content_type);
  member("content_id", file.content_id);
  member("content_disposition", file.content_disposition);
  out.append(",\"size\":").append(std::to_string(file.size));
  out.append(",\"is_inline\":").append(file.is_inline ? "true}" : "false}");
}

void append_folder(std::string& out, std::string_view grant_id, const folder_record& folder,
                   field_mask fields) {
  object_writer write{out, folder_names, fields, false};
  write.text(f_id, folder.id);
  write.text(f_grant_id, grant_id);
  write.text(f_object, "folder");
  write.text(f_name, folder.name);
  write.truth(f_system_folder, folder.system);
  std::vector<std::string> attributes;
  if (!folder.attribute.empty())
    attributes.push_back(folder.attribute);
  write.texts(f_attributes, attributes);
  write.end();
}

} // namespace nova::simulator
