#include "mail/notifications.hpp"

namespace nova {

std::string to_string(notification_fate fate) {
  switch (fate) {
    case notification_fate::processed: return "processed";
    case notification_fate::ignored: return "ignored";
    case notification_fate::error: return "error";
    case notification_fate::parked: return "parked";
  }
  return "unknown";
}

} // namespace nova
