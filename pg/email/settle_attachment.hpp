#pragma once

#include "mail/attachments.hpp"
#include "pg/connection.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace nova::pg {

/// Ends a claim of an attachment without bytes. Answers its state: due (again after the delay),
/// gone or too_large; empty: another has it.
struct settle_attachment {
  static constexpr const char* name = "settle_attachment";

  due_attachment which;
  attachment_outcome outcome = attachment_outcome::later;
  std::optional<uint64_t> size = {}; // bytes that came, or at least so many
  std::chrono::milliseconds delay{0};
  std::string reason; // at most 1,000 characters of it are kept

  std::string run(connection& conn) const;
};

} // namespace nova::pg
