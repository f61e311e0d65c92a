#pragma once

#include "nylas/digest.hpp"
#include "nylas/json.hpp"
#include "nylas/model.hpp"

namespace nova::nylas {

/// Turns JSON objects into messages, one after another, and hashes them. Keeps its buffers in
/// between. What is absent, null or unreadable is not carried; what has another form than the API
/// promises is converted where its meaning is plain, and noted.
class message_reader {
public:
  /// Fails on a message without an id that can be stored, and on nothing else.
  tl::expected<email_message, base::bad_input> read(const json::value& object);

private:
  void read_core(json::members& fields, email_message& into);
  void read_body(json::members& fields, email_message& into);
  void read_extras(json::members& fields, email_message& into);
  void read_addresses(json::members& fields, std::string_view name, uint32_t bit,
                      email_message& into, std::string& list);

  digest canonical_;
};

/// Attachment metadata as canonical JSON. Nothing when the list is not there or cannot be read.
std::optional<std::string> read_attachments(json::members& fields);

/// Ids of folders as a sorted JSON array, each once; nothing as above.
std::optional<std::string> read_folders(json::members& fields);

/// Ids as such an array.
std::string list_of_folders(std::vector<std::string_view> ids);

} // namespace nova::nylas
