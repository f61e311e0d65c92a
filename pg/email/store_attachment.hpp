#pragma once

#include "mail/attachments.hpp"
#include "pg/connection.hpp"

#include <string>

namespace nova::pg {

/// Stores the bytes of an attachment, or that they are those of another. Answers whether they were
/// wanted: not when they are stored, or the message no longer has the attachment.
struct store_attachment {
  static constexpr const char* name = "store_attachment";

  due_attachment which;
  std::string sha256; // 32 bytes, raw
  std::string content;

  bool run(connection& conn) const;
};

} // namespace nova::pg
