#include "simulator/generator.hpp"

#include "simulator/prose.hpp"
#include "simulator/random.hpp"

#include <algorithm>
#include <cmath>

namespace nova::simulator {
namespace {

// What a draw is for: two draws of one seed with the same number would be the same.
enum purpose : uint64_t {
  for_threads = 1,
  for_counts,
  for_gaps,
  for_flags,
  for_people,
  for_folders,
  for_files,
  for_body,
  for_headers
};

constexpr uint32_t drawn_messages_max = 60;
constexpr int64_t lasts_max = int64_t{3} * 86'400;

std::vector<folder_record> google_folders() {
  return {{"INBOX", "INBOX", "\\Inbox", true},
          {"SENT", "SENT", "\\Sent", true},
          {"DRAFT", "DRAFT", "\\Drafts", true},
          {"TRASH", "TRASH", "\\Trash", true},
          {"SPAM", "SPAM", "\\Junk", true},
          {"CATEGORY_UPDATES", "CATEGORY_UPDATES", "", true},
          {"Label_1", "Projects", "", false},
          {"Label_2", "Receipts", "", false},
          {"CATEGORY_PERSONAL", "CATEGORY_PERSONAL", "", true},
          {"UNREAD", "UNREAD", "", true},
          {"STARRED", "STARRED", "\\Starred", true},
          {"IMPORTANT", "IMPORTANT", "\\Important", true}};
}

std::vector<folder_record> microsoft_folders() {
  const std::string stem = "AQMkADAwATM0MDAAMS1iNTcwLWI2NTEtMDACLTAwCgAu";
  return {{stem + "AAAAAAEMAAA=", "Inbox", "\\Inbox", false},
          {stem + "AAAAAAEJAAA=", "Sent Items", "\\Sent", false},
          {stem + "AAAAAAEPAAA=", "Drafts", "\\Drafts", false},
          {stem + "AAAAAAEKAAA=", "Deleted Items", "\\Trash", false},
          {stem + "AAAAAAEeAAA=", "Junk Email", "\\Junk", false},
          {stem + "AAAAAAFsAAA=", "Archive", "\\Archive", false},
          {stem + "AAAAAAG1AAA=", "Projects", "", false},
          {stem + "AAAAAAG2AAA=", "Receipts", "", false}};
}

std::vector<folder_record> plain_folders() {
  return {{"INBOX", "INBOX", "\\Inbox", false},
          {"Sent", "Sent", "\\Sent", false},
          {"Drafts", "Drafts", "\\Drafts", false},
          {"Trash", "Trash", "\\Trash", false},
          {"Junk", "Junk", "\\Junk", false},
          {"Archive", "Archive", "\\Archive", false},
          {"Projects/2026 & later", "Projects/2026 & later", "", false},
          {"Receipts", "Receipts", "", false}};
}

std::string header_id_of(uint64_t message_seed) {
  return "<" + hex16(draw(message_seed, for_headers)) + "@mail.example.com>";
}

std::string metadata_name(const std::string& type, const std::string& name) {
  return type + "; name=\"" + name + "\"";
}

} // namespace

std::vector<folder_record> folders_of(provider kind) {
  if (kind == provider::google)
    return google_folders();
  return kind == provider::microsoft ? microsoft_folders() : plain_folders();
}

generator::generator(uint64_t seed, provider kind, std::string owner, mailbox_options options)
  : seed_(seed), kind_(kind), owner_(std::move(owner)), options_(options),
    newest_(options.newest->time_since_epoch().count()), ids_(seed, kind, options.awkward_id_rate),
    folders_(folders_of(kind)) {}

uint32_t generator::messages(uint64_t thread) const {
  if (options_.messages_per_thread > 0)
    return options_.messages_per_thread;
  // Exponential, as the lengths of conversations are: many of one message, few of dozens.
  const double uniform = static_cast<double>(draw(seed_, for_counts, thread) >> 11) * 0x1p-53;
  const double drawn = 1.0 - 3.5 * std::log(1.0 - uniform);
  return std::min(drawn_messages_max, static_cast<uint32_t>(drawn));
}

int64_t generator::thread_date(uint64_t thread) const {
  // Jitter below one step keeps the order, so that a date is found by bisection.
  const auto span = static_cast<uint64_t>(std::max<int64_t>(options_.span.count(), 1));
  const auto count = std::max<uint64_t>(options_.threads, 1);
  const uint64_t jitter = thread == 0 ? 0 : draw(seed_, for_threads, thread) % span;
  // 64 bits hold it: `validate` bounds both factors.
  return newest_ - static_cast<int64_t>((thread * span + jitter) / count);
}

uint64_t generator::first_thread_at(int64_t date) const {
  uint64_t low = 0;
  uint64_t high = options_.threads;
  while (low < high) {
    const uint64_t middle = low + (high - low) / 2;
    if (thread_date(middle) <= date)
      high = middle;
    else
      low = middle + 1;
  }
  return low;
}

int64_t generator::thread_lasts_max() const {
  return lasts_max;
}

message_sketch generator::sketch(message_place place) const {
  const uint64_t thread_seed = draw(seed_, for_threads, place.thread);
  const uint32_t count = messages(place.thread);
  message_sketch out;
  out.seed = draw(thread_seed, place.index);
  const uint64_t lasts = 600 + draw(thread_seed, for_gaps) % (lasts_max - 600);
  const uint64_t later = count - 1 - place.index; // messages after this one
  const uint64_t jitter = later == 0 ? 0 : draw(out.seed, for_gaps) % lasts;
  out.date = thread_date(place.thread) - static_cast<int64_t>((later * lasts + jitter) / count);
  const uint64_t flags = draw(out.seed, for_flags);
  out.sent = flags % 10 < (place.index == 0 ? 2U : 4U);
  out.unread = !out.sent && (flags >> 8) % 100 < 15;
  out.starred = (flags >> 16) % 100 < 3;
  out.has_attachments = chance(draw(out.seed, for_files), options_.attachment_rate);
  return out;
}

message_record generator::record(message_place place) const {
  const auto known = sketch(place);
  const uint64_t thread_seed = draw(seed_, for_threads, place.thread);
  message_record out;
  out.id = ids_.message_id(place);
  out.thread_id = ids_.thread_id(place.thread);
  out.header_id = header_id_of(known.seed);
  if (place.index > 0)
    out.reply_to_header_id = header_id_of(draw(thread_seed, place.index - 1));
  out.date = known.date;
  out.sent = known.sent;
  out.unread = known.unread;
  out.starred = known.starred;
  const uint64_t text = draw(known.seed, for_body);
  const bool awkward = chance(text, options_.awkward_text_rate);
  out.subject = place.index == 0 ? subject_of(thread_seed) : "Re: " + subject_of(thread_seed);
  out.body.seed = text;
  out.body.bytes = options_.body_bytes / 2 + text % (options_.body_bytes + 1);
  out.snippet = snippet_of(text);
  out.plain = !awkward;
  if (awkward) {
    out.subject += ' ';
    out.subject += awkward_text(text);
    std::string body;
    append_prose(body, text, out.body.bytes);
    body += "\r\n<p style=\"margin:0\">";
    body += awkward_text(text >> 2);
    body += "</p>";
    out.body.text = std::move(body);
  }
  add_people(out, place, known);
  add_folders(out, known);
  if (known.has_attachments)
    add_attachments(out, known);
  return out;
}

void generator::add_people(message_record& out, message_place place,
                           const message_sketch& known) const {
  const uint64_t thread_seed = draw(seed_, for_threads, place.thread);
  const uint64_t drawn = draw(known.seed, for_people);
  const address self{"Mailbox Owner", owner_};
  // A thread has up to three others, and each message one of them as sender.
  const uint64_t others = 1 + thread_seed % 3;
  address other = correspondent(draw(thread_seed, for_people, drawn % others));
  out.from.push_back(known.sent ? self : other);
  out.to.push_back(known.sent ? other : self);
  if (others > 1 && drawn % 3 == 0)
    out.cc.push_back(correspondent(draw(thread_seed, for_people, (drawn + 1) % others)));
  if (known.sent && drawn % 16 == 0)
    out.bcc.push_back(correspondent(drawn));
  if (!known.sent && drawn % 8 == 0)
    out.reply_to = out.from;
}

void generator::add_folders(message_record& out, const message_sketch& known) const {
  const uint64_t drawn = draw(known.seed, for_folders) % 100;
  auto put = [&](folder_role role) { out.folders.push_back(folders_[role].id); };
  if (kind_ != provider::google) {
    put(known.sent   ? sent
        : drawn < 70 ? inbox
        : drawn < 88 ? archive
        : drawn < 94 ? projects
        : drawn < 97 ? trash
                     : junk);
    return;
  }
  if (known.unread)
    out.folders.emplace_back("UNREAD");
  if (known.starred)
    out.folders.emplace_back("STARRED");
  if (known.sent) {
    put(sent);
    return;
  }
  out.folders.emplace_back(drawn % 3 == 0 ? "CATEGORY_UPDATES" : "CATEGORY_PERSONAL");
  if (drawn < 70)
    put(inbox);
  else if (drawn >= 97)
    put(drawn == 97 ? junk : trash);
  if (drawn % 10 == 0)
    put(projects);
}

void generator::add_attachments(message_record& out, const message_sketch& known) const {
  const uint64_t drawn = draw(known.seed, for_files, 1);
  const uint64_t count = 1 + drawn % 3;
  for (uint64_t i = 0; i < count; ++i) {
    const uint64_t own = draw(known.seed, for_files, 2 + i);
    attachment file;
    file.id = "att" + hex16(own);
    file.size = 200 + own % 60'000;
    file.is_inline = own % 4 == 0;
    if (own % 10 == 9) { // the calendar part of an invitation: it has no name
      file.content_type = "text/calendar";
      out.attachments.push_back(std::move(file));
      continue;
    }
    file.filename = file.is_inline ? "picture-" + std::to_string(own % 97) + ".png"
                                   : "report " + std::to_string(own % 997) + ".pdf";
    file.content_type =
      metadata_name(file.is_inline ? "image/png" : "application/pdf", file.filename);
    if (file.is_inline)
      file.content_id = "<" + hex16(own) + "@example.com>";
    if (kind_ != provider::microsoft)
      file.content_disposition = file.is_inline ? "inline" : "attachment";
    out.attachments.push_back(std::move(file));
  }
}

void append_body(std::string& out, const body_source& body) {
  if (body.text)
    out += *body.text;
  else
    append_prose(out, body.seed, body.bytes);
}

std::string attachment_bytes(const attachment& file) {
  uint64_t seed = 0;
  for (char c : file.id)
    seed = seed * 31 + static_cast<unsigned char>(c);
  std::string out(file.size, '\0');
  for (size_t i = 0; i < out.size(); ++i)
    out[i] = static_cast<char>(draw(seed, i / 8) >> (i % 8 * 8));
  return out;
}

} // namespace nova::simulator
