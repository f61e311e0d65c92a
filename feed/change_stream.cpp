#include "feed/change_stream.hpp"

#include "base/json_text.hpp"

#include <utility>

namespace nova::feed {
namespace {

constexpr std::string_view lagging = "event: resync\ndata: {\"reason\":\"lagging\"}\n\n";

void put(base::json_writer& json, const char* key, const std::string& value) {
  if (value.empty())
    return;
  json.Key(key);
  json.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
}

/// A position has a provider's id in it, which may have anything but a line end of its own.
std::string one_line(std::string text) {
  for (auto& each : text)
    if (each == '\n' || each == '\r')
      each = ' ';
  return text;
}

} // namespace

bool change_outbox::add(std::string_view text) {
  std::lock_guard guard{mutex_};
  if (ended_)
    return true;
  ended_ = text_.size() + text.size() > bytes_max_;
  if (ended_)
    text_ = lagging;
  else
    text_ += text;
  return !ended_;
}

void change_outbox::end() {
  std::lock_guard guard{mutex_};
  ended_ = true;
}

std::optional<std::string> change_outbox::take() {
  std::lock_guard guard{mutex_};
  if (text_.empty() && ended_)
    return {};
  return std::exchange(text_, {});
}

bool change_outbox::waiting() const {
  std::lock_guard guard{mutex_};
  return !text_.empty();
}

std::string event_of(const pg::mail_change& change) {
  rapidjson::StringBuffer text;
  base::json_writer json{text};
  bool news = change.kind != "position" && change.kind != "resync";
  json.StartObject();
  if (news)
    put(json, "kind", change.kind);
  put(json, change.kind == "resync" ? "reason" : "op", change.op);
  put(json, "inbox_id", change.inbox);
  put(json, "key", change.key);
  put(json, "id", change.id);
  put(json, "thread_id", change.thread);
  put(json, "origin", change.origin);
  json.EndObject();
  return "event: " + (news ? std::string{"change"} : change.kind)
         + "\nid: " + one_line(change.position) + "\ndata: " + text.GetString() + "\n\n";
}

http::response stream_of(std::shared_ptr<change_outbox> outbox) {
  http::response response;
  response.content_type = "text/event-stream";
  response.headers = {{"Cache-Control", "no-store"}, {"Access-Control-Allow-Origin", "*"}};
  response.waker = std::shared_ptr<http::stream_waker>{outbox, &outbox->waker};
  response.next = [outbox = std::move(outbox)] { return outbox->take(); };
  return response;
}

} // namespace nova::feed
