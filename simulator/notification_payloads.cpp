#include "simulator/notification_payloads.hpp"

#include "simulator/api_objects.hpp"
#include "simulator/json_read.hpp"

namespace nova::simulator {
namespace {

constexpr size_t object_bytes_max = size_t{1} << 20;

} // namespace

std::string notification_payload::body(int attempt) const {
  return raw ? before_attempt : before_attempt + std::to_string(attempt) + after_attempt;
}

notification_payload render(const event& what, std::string_view application_id, std::string id,
                            int64_t time) {
  if (what.object.size() > object_bytes_max && !what.type.ends_with(".truncated"))
    return render(truncate(what), application_id, std::move(id), time);
  notification_payload out;
  out.id = std::move(id);
  out.type = what.type;
  auto& head = out.before_attempt;
  head = "{\"specversion\":\"1.0\",\"type\":";
  append_text(head, what.type);
  head += ",\"source\":";
  append_text(head, what.source);
  head += ",\"id\":";
  append_text(head, out.id);
  head += ",\"time\":" + std::to_string(time) + ",\"webhook_delivery_attempt\":";
  auto& tail = out.after_attempt;
  tail = ",\"data\":{\"application_id\":";
  append_text(tail, application_id);
  // Tracking events say the grant beside the object too.
  if (what.type.starts_with("thread.")) {
    tail += ",\"grant_id\":";
    append_text(tail, what.grant_id);
  }
  tail.append(",\"object\":").append(what.object.empty() ? "null" : what.object).append("}}");
  return out;
}

event truncate(event what) {
  auto object = read_json(what.object);
  if (!object || !object->IsObject() || !object->HasMember("body"))
    return what;
  (*object)["body"].SetString("");
  what.object = to_json(*object);
  what.type += ".truncated";
  return what;
}

event transform(event what) {
  auto object = read_json(what.object);
  if (!object || !object->IsObject() || !object->HasMember("body"))
    return what;
  for (const char* name : {"body", "snippet", "cc", "folders"})
    object->RemoveMember(name);
  what.object = to_json(*object);
  what.type += ".transformed";
  return what;
}

event mislabel(event what) {
  if (what.type == "message.created")
    what.type = "message.updated";
  else if (what.type == "message.updated")
    what.type = "message.created";
  return what;
}

} // namespace nova::simulator
