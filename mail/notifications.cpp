#include "mail/notifications.hpp"

namespace nova {

std::string to_string(notification_status status) {
  switch (status) {
    case notification_status::processed: return "processed";
    case notification_status::ignored: return "ignored";
    case notification_status::error: return "error";
    case notification_status::parked: return "parked";
  }
  return "unknown";
}

} // namespace nova
