#include "messages/mail_writes.hpp"
#include "messages/queue_messages.hpp"
#include "messages/wire.hpp"
#include "messages/work.hpp"

// The names of enums, as a log and the shell print them.
namespace nova {

std::string to_string(call_lane lane) {
  switch (lane) {
    case call_lane::live: return "live";
    case call_lane::backfill: return "backfill";
  }
  return "unknown";
}

std::string to_string(call_outcome outcome) {
  switch (outcome) {
    case call_outcome::succeeded: return "succeeded";
    case call_outcome::throttled: return "throttled";
    case call_outcome::auth_failed: return "auth_failed";
    case call_outcome::failed: return "failed";
  }
  return "unknown";
}

std::string to_string(mail_origin origin) {
  switch (origin) {
    case mail_origin::backfill: return "backfill";
    case mail_origin::webhook: return "webhook";
    case mail_origin::reconcile: return "reconcile";
    case mail_origin::refetch: return "refetch";
  }
  return "unknown";
}

std::string to_string(thread_outcome outcome) {
  switch (outcome) {
    case thread_outcome::completed: return "completed";
    case thread_outcome::retry: return "retry";
    case thread_outcome::later: return "later";
    case thread_outcome::failed: return "failed";
    case thread_outcome::stale: return "stale";
  }
  return "unknown";
}

std::string to_string(message_disposition disposition) {
  switch (disposition) {
    case message_disposition::removed: return "removed";
    case message_disposition::archived: return "archived";
    case message_disposition::retried: return "retried";
  }
  return "unknown";
}

} // namespace nova
