#include "simulator/destination.hpp"

#include "simulator/api_objects.hpp"
#include "simulator/random.hpp"

#include <algorithm>

namespace nova::simulator {
namespace {

using namespace std::chrono_literals;

constexpr auto failed_after = 72h;

std::chrono::nanoseconds scaled(std::chrono::nanoseconds span, double scale) {
  return std::chrono::nanoseconds{static_cast<int64_t>(static_cast<double>(span.count()) * scale)};
}

void append_list(std::string& out, const std::vector<std::string>& values) {
  out += '[';
  for (const auto& value : values) {
    out += out.back() == '[' ? "" : ",";
    append_text(out, value);
  }
  out += ']';
}

} // namespace

std::string to_string(destination_status status) {
  switch (status) {
    case destination_status::active: return "active";
    case destination_status::pause: return "pause";
    case destination_status::failing: return "failing";
    case destination_status::failed: return "failed";
  }
  return "unknown";
}

void destination_health::record(bool acknowledged, time_point now) {
  if (status_ == destination_status::failed || status_ == destination_status::pause)
    return;
  const auto minute = std::max(scaled(1min, time_scale_), std::chrono::nanoseconds{1});
  const int64_t number = now.time_since_epoch() / minute;
  const auto window = static_cast<int64_t>(slots_.size());
  auto& slot = slots_[static_cast<size_t>(number % window)];
  if (slot.number != number)
    slot = {number, 0, 0};
  ++slot.attempts;
  slot.failures += acknowledged ? 0 : 1;
  since_ = since_.value_or(now);
  uint64_t attempts = 0;
  uint64_t failures = 0;
  for (const auto& one : slots_) {
    if (one.number <= number - window)
      continue;
    attempts += one.attempts;
    failures += one.failures;
  }
  if (failures * 100 < attempts * 95) {
    status_ = destination_status::active;
    failing_since_.reset();
  } else if (failing_since_ && now - *failing_since_ >= scaled(failed_after, time_scale_)) {
    status_ = destination_status::failed;
  } else if (!failing_since_ && now - *since_ >= minute * window) {
    status_ = destination_status::failing;
    failing_since_ = now;
  }
}

void destination_health::activate() {
  *this = destination_health{time_scale_};
}

bool is_retried(int status) {
  return status == 0 || status == 408 || status == 429 || status == 502 || status == 503
         || status == 504 || status == 507;
}

std::chrono::milliseconds retry_pause(int attempt, uint64_t drawn, double time_scale) {
  constexpr auto second_after = 2min;
  constexpr auto third_after = 10min;
  // The third counts from the first: what the second waited at most is taken off.
  const std::chrono::milliseconds pause =
    attempt == 1 ? second_after + std::chrono::milliseconds{drawn % 120'000}
                 : third_after - second_after + std::chrono::milliseconds{drawn % 480'000};
  return std::chrono::floor<std::chrono::milliseconds>(scaled(pause, time_scale));
}

bool destination::wants(std::string_view type) const {
  return std::find(triggers.begin(), triggers.end(), subscribed_type(type)) != triggers.end();
}

std::string to_json(const destination& of, bool with_secret) {
  std::string out = "{\"id\":";
  append_text(out, of.id);
  out += ",\"description\":";
  append_text(out, of.description);
  out += ",\"trigger_types\":";
  append_list(out, of.triggers);
  out += ",\"webhook_url\":";
  append_text(out, of.url);
  if (with_secret) {
    out += ",\"webhook_secret\":";
    append_text(out, of.secret);
  }
  out += ",\"status\":";
  append_text(out, to_string(of.health.status()));
  out += ",\"notification_email_addresses\":";
  append_list(out, of.emails);
  out.append(",\"compressed_delivery\":").append(of.compressed ? "true" : "false");
  const auto updated = std::to_string(of.updated_at);
  out += ",\"created_at\":" + std::to_string(of.created_at) + ",\"updated_at\":" + updated
         + ",\"status_updated_at\":" + updated + "}";
  return out;
}

std::vector<std::string> mail_triggers() {
  return {"message.created", "message.updated", "message.deleted", "thread.replied",
          "folder.created",  "folder.updated",  "folder.deleted",  "grant.created",
          "grant.updated",   "grant.deleted",   "grant.expired",   "grant.imap_sync_completed"};
}

std::string_view subscribed_type(std::string_view type) {
  for (std::string_view suffix : {".truncated", ".transformed"})
    if (type.ends_with(suffix))
      type.remove_suffix(suffix.size());
  return type;
}

} // namespace nova::simulator
