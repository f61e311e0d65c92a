#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace nova::simulator {

struct address {
  std::string name; // may be empty: then it is left out
  std::string email;

  friend bool operator==(const address&, const address&) = default;
};

struct attachment {
  std::string id;
  std::string filename; // empty: left out, as for parts of an invitation
  std::string content_type;
  std::string content_id;
  std::string content_disposition; // empty: left out, as Microsoft does
  uint64_t size = 0;
  bool is_inline = false;
};

/// The text of a message: given, or made from a seed when it is needed.
struct body_source {
  uint64_t seed = 0;
  size_t bytes = 0;
  std::optional<std::string> text;
};

/// A message of a mailbox, everything the API reports. Apart from the body it is a few hundred
/// bytes.
struct message_record {
  std::string id;
  std::string thread_id;
  /// `Message-ID` of RFC 5322, which stays when the provider's id changes.
  std::string header_id;
  std::string reply_to_header_id; // empty: of none
  std::string subject;
  std::string snippet;
  body_source body;
  std::vector<address> from, to, cc, bcc, reply_to;
  std::vector<std::string> folders;
  std::vector<attachment> attachments;
  /// JSON object, empty: left out.
  std::string metadata;
  int64_t date = 0; // seconds since 1970
  /// When it came under this id while the simulator ran, in milliseconds since 1970; 0: before.
  int64_t came_at_ms = 0;
  bool unread = false;
  bool starred = false;
  /// From the owner of the mailbox.
  bool sent = false;
  /// "draft" instead of "message".
  bool draft = false;
  /// No text of it, the body apart, needs an escape in JSON.
  bool plain = false;
};

struct folder_record {
  std::string id;
  std::string name;
  std::string attribute; // `\Inbox` and so on; empty: a label of the user
  bool system = false;
};

} // namespace nova::simulator
