#pragma once

#include "simulator/id_codec.hpp"
#include "simulator/options.hpp"
#include "simulator/record.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace nova::simulator {

/// What is cheap to know of a generated message: enough to list and to filter.
struct message_sketch {
  uint64_t seed = 0;
  int64_t date = 0;
  bool sent = false;
  bool unread = false;
  bool starred = false;
  bool has_attachments = false;
};

/// The mailbox before anything changes: a pure function of seed and place. Any thread.
class generator {
public:
  /// `options.newest` must be set.
  generator(uint64_t seed, provider kind, std::string owner, mailbox_options options);

  [[nodiscard]] uint64_t threads() const {
    return options_.threads;
  }
  [[nodiscard]] const id_codec& ids() const {
    return ids_;
  }
  [[nodiscard]] const std::vector<folder_record>& folders() const {
    return folders_;
  }
  [[nodiscard]] const std::string& owner() const {
    return owner_;
  }

  [[nodiscard]] uint32_t messages(uint64_t thread) const;

  /// Date of the latest message; never grows with the index.
  [[nodiscard]] int64_t thread_date(uint64_t thread) const;

  /// The first thread whose date is at most `date`; `threads()` when there is none.
  [[nodiscard]] uint64_t first_thread_at(int64_t date) const;

  /// No thread lasts longer, from its first message to its last.
  [[nodiscard]] int64_t thread_lasts_max() const;

  [[nodiscard]] message_sketch sketch(message_place place) const;
  [[nodiscard]] message_record record(message_place place) const;

private:
  void add_people(message_record& out, message_place place, const message_sketch& known) const;
  void add_folders(message_record& out, const message_sketch& known) const;
  void add_attachments(message_record& out, const message_sketch& known) const;

  uint64_t seed_;
  provider kind_;
  std::string owner_;
  mailbox_options options_;
  int64_t newest_;
  id_codec ids_;
  std::vector<folder_record> folders_;
};

/// The folders every mailbox of that provider has; the first eight have the roles below.
std::vector<folder_record> folders_of(provider kind);
enum folder_role : size_t { inbox, sent, drafts, trash, junk, archive, projects, receipts };

/// Appends the body, as text.
void append_body(std::string& out, const body_source& body);

/// The bytes of an attachment, the same each time.
std::string attachment_bytes(const attachment& file);

} // namespace nova::simulator
