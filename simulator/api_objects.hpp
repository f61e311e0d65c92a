#pragma once

#include "simulator/record.hpp"

#include <cstdint>
#include <string>
#include <string_view>

/// Objects of the API as JSON, written straight into the answer: with bodies of 4 KB a tree in
/// between would cost more than all the rest.
namespace nova::simulator {

/// Which top-level fields of an object are wanted, one bit a name.
using field_mask = uint32_t;
constexpr field_mask all_fields = ~field_mask{0};
/// `headers` of a message: only there when the parameter `fields` asks for it.
constexpr field_mask header_field = field_mask{1} << 18;

/// What `select` asks for; empty means everything, names that do not exist are ignored.
field_mask message_fields(std::string_view select);
field_mask thread_fields(std::string_view select);
field_mask folder_fields(std::string_view select);

/// A thread as the API reports it: computed from its messages.
struct thread_record {
  std::string id;
  std::string subject;
  std::string snippet;
  std::vector<std::string> message_ids, draft_ids, folders;
  std::vector<address> participants;
  std::optional<int64_t> received_date, sent_date;
  int64_t earliest_date = 0;
  bool unread = false;
  bool starred = false;
  bool has_attachments = false;
  bool plain = false;
  /// Drafts count too.
  message_record latest;
};

/// `messages` are those of one thread, at least one, oldest first.
thread_record summarise(const std::vector<message_record>& messages);

/// A JSON string with its quotes.
void append_text(std::string& out, std::string_view text);

void append_message(std::string& out, std::string_view grant_id, const message_record& message,
                    field_mask fields = all_fields & ~header_field);
void append_thread(std::string& out, std::string_view grant_id, const thread_record& thread,
                   field_mask fields = all_fields);
void append_attachment(std::string& out, std::string_view grant_id, const attachment& file);

void append_folder(std::string& out, std::string_view grant_id, const folder_record& folder,
                   field_mask fields = all_fields);

} // namespace nova::simulator
