#include "mail/attachments.hpp"

namespace nova {
namespace {

/// As nova.same_attachments knows it.
constexpr const char* not_kept = "[null]";

} // namespace

void leave_out_attachments(email_message& message) {
  if ((message.carried & carries_attachments) == 0 || message.attachments == "[]"
      || message.attachments == not_kept)
    return;
  message.attachments = not_kept;
  message.extra_hash += '\0';
}

std::string to_string(attachment_outcome outcome) {
  switch (outcome) {
    case attachment_outcome::later: return "later";
    case attachment_outcome::failed: return "failed";
    case attachment_outcome::gone: return "gone";
    case attachment_outcome::too_large: return "too_large";
  }
  return "unknown";
}

} // namespace nova
