#include "jobs/send_request.hpp"

#include "base/printable.hpp"
#include "json/json_reader.hpp"

#include <rapidjson/document.h>

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

namespace nova::jobs {
namespace {

constexpr int64_t delay_ms_max = int64_t{10} * 366 * 24 * 3600 * 1000; // ten years
constexpr int64_t priority_most = 100;
constexpr size_t name_in_error_max = 100;

using member = rapidjson::Value::ConstMemberIterator;

std::string_view text_of(const rapidjson::Value& value) {
  return {value.GetString(), value.GetStringLength()};
}

/// What a field takes, and whether that is such a value.
struct send_field {
  std::string_view name;
  std::string_view accepted;
  bool (*good)(const rapidjson::Value& value);
};

template <size_t Most>
bool is_text(const rapidjson::Value& value) {
  return value.IsString() && value.GetStringLength() >= 1 && value.GetStringLength() <= Most;
}

const send_field send_fields[] = {
  {"type", "a text of 1 to 255 bytes", is_text<255>},
  {"body", "any JSON", [](const rapidjson::Value&) { return true; }},
  {"transport", "a text of 1 to 63 bytes", is_text<63>},
  {"queue", "a text of 1 to 255 bytes", is_text<255>},
  {"delay_ms", "a whole number of milliseconds, 0 to ten years",
   [](const rapidjson::Value& value) {
     return value.IsInt64() && value.GetInt64() >= 0 && value.GetInt64() <= delay_ms_max;
   }},
  {"priority", "a whole number, -100 to 100",
   [](const rapidjson::Value& value) {
     return value.IsInt64() && value.GetInt64() >= -priority_most
            && value.GetInt64() <= priority_most;
   }},
  {"key", "a text of 1 to 1,000 bytes", is_text<1000>},
  {"tenant", "a text of 1 to 1,000 bytes", is_text<1000>},
  {"headers", "an object", [](const rapidjson::Value& value) { return value.IsObject(); }},
};

std::string field_names() {
  std::string all;
  for (const auto& field : send_fields)
    (all += all.empty() ? "" : ", ").append(field.name);
  return all;
}

std::optional<base::bad_input> fault_of(const rapidjson::Value& message, const std::string& place) {
  if (!message.IsObject())
    return base::bad_input{place, "a message is an object with any of " + field_names()};
  auto dot = place.empty() ? std::string{} : place + '.';
  for (auto one = message.MemberBegin(); one != message.MemberEnd(); ++one) {
    auto name = text_of(one->name);
    const auto* field = std::begin(send_fields);
    while (field != std::end(send_fields) && field->name != name)
      ++field;
    if (field == std::end(send_fields))
      return base::bad_input{dot + base::printable(name.substr(0, name_in_error_max)),
                             "is not known; a message has any of " + field_names()};
    if (!field->good(one->value))
      return base::bad_input{dot + std::string{name}, "is not " + std::string{field->accepted}};
  }
  if (!message.HasMember("type"))
    return base::bad_input{dot + "type", "is needed: what the handler is chosen by"};
  return {};
}

} // namespace

tl::expected<send_request, base::bad_input> parse_send_request(std::string text, std::string key) {
  auto refused = [](std::string where, std::string reason) {
    return tl::unexpected{base::bad_input{std::move(where), std::move(reason)}};
  };
  if (!base::is_utf8(text))
    return refused("body", "is not UTF-8");
  rapidjson::Document parsed;
  json::bounds limits;
  limits.bytes_max = 2 * send_bytes_max; // a message with the largest body
  if (auto good = json::parse(parsed, text, limits); !good)
    return tl::unexpected{good.error()};
  send_request made;
  made.one = !parsed.IsArray();
  made.count = made.one ? 1 : parsed.Size();
  if (made.count == 0 || made.count > send_messages_max)
    return refused("", "an array of messages has 1 to " + std::to_string(send_messages_max));
  constexpr size_t key_max = 1000;
  if (key.size() > key_max || !base::is_utf8(key))
    return refused("Idempotency-Key", "is not a text of 1 to 1,000 bytes");
  if (!key.empty() && (!made.one || (parsed.IsObject() && parsed.HasMember("key"))))
    return refused("Idempotency-Key", "is for one message without a key; others have each a key");
  made.keyed = true;
  for (size_t i = 0; i < made.count; ++i) {
    const auto& message = made.one ? parsed : parsed[static_cast<rapidjson::SizeType>(i)];
    if (auto fault = fault_of(message, made.one ? "" : '[' + std::to_string(i) + ']'))
      return tl::unexpected{*fault};
    made.keyed = made.keyed && (!key.empty() || message.HasMember("key"));
  }
  made.key = std::move(key);
  made.messages = made.one ? '[' + text + ']' : std::move(text);
  return made;
}

} // namespace nova::jobs
