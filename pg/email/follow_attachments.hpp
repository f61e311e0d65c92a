#pragma once

#include "pg/connection.hpp"

#include <cstdint>

namespace nova::pg {

/// Notes the attachments of about so many messages that changed, whose bytes are then due, or too
/// large. Answers of how many messages; 0: there are no more, or another node does it.
struct follow_attachments {
  static constexpr const char* name = "follow_attachments";

  uint32_t messages = 0;
  uint64_t bytes_max = 0;

  uint64_t run(connection& conn) const;
};

} // namespace nova::pg
