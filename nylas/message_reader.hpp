#pragma once

#include "nylas/digest.hpp"
#include "nylas/json.hpp"
#include "nylas/model.hpp"

namespace nova::nylas {

/// Turns JSON objects into messages, one after another, and hashes them. Keeps its buffers in
/// between.
class message_reader {
public:
  /// An answer of the API is whole: a list that it leaves out is empty. A notification says only
  /// what it names.
  enum class source { api, webhook };

  explicit message_reader(source from) : from_(from) {}

  /// Fails on a message without an id and on a field of the wrong type; `where` is the field.
  tl::expected<message, base::bad_input> read(const json::value& object);

private:
  uint32_t carried_by(const json::value& object) const;
  void read_core(json::members& fields, message& into);
  void read_body(json::members& fields, message& into);
  void read_extras(json::members& fields, message& into);
  void read_addresses(json::members& fields, std::string_view name, std::string& into);

  source from_;
  digest canonical_;
};

/// Attachment metadata as canonical JSON: what is absent or of an odd type is left out, a number
/// that names something becomes text.
void read_attachments(json::members& fields, std::string& into);

/// Ids of folders as a sorted JSON array, each once.
void read_folders(json::members& fields, std::string& into);

} // namespace nova::nylas
