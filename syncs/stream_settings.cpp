#include "syncs/stream_settings.hpp"

#include "base/json_text.hpp"
#include "json/json_reader.hpp"
#include "syncs/sync_failure.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace nova::syncs {
namespace {

std::string text_of(const rapidjson::Value& value) {
  return {value.GetString(), value.GetStringLength()};
}

std::string json_of(const rapidjson::Value& value) {
  rapidjson::StringBuffer text;
  base::json_writer out{text};
  value.Accept(out);
  return {text.GetString(), text.GetSize()};
}

} // namespace

stream_settings::stream_settings(std::string where, std::string_view text)
  : where_(std::move(where)) {
  if (auto parsed = json::parse(document_, text); !parsed || !document_.IsObject())
    throw sync_failure("config", where_ + ": is no object of JSON");
}

void stream_settings::refuse(const std::string& name, const std::string& why) const {
  throw sync_failure("config", fmt::format("{}: {} {}", where_, name, why));
}

const rapidjson::Value* stream_settings::find(const char* name) const {
  auto found = document_.FindMember(name);
  return found == document_.MemberEnd() || found->value.IsNull() ? nullptr : &found->value;
}

std::string stream_settings::text(const char* name, std::string otherwise) const {
  const auto* value = find(name);
  if (value == nullptr)
    return otherwise;
  if (value->IsNumber())
    return json_of(*value); // a command line takes 0 for a number
  if (!value->IsString())
    refuse(name, "is no text");
  return text_of(*value);
}

std::optional<int64_t> stream_settings::number(const char* name, int64_t least,
                                               int64_t most) const {
  const auto* value = find(name);
  if (value == nullptr)
    return std::nullopt;
  if (!value->IsInt64() || value->GetInt64() < least || value->GetInt64() > most)
    refuse(name, fmt::format("is no whole number from {} to {}", least, most));
  return value->GetInt64();
}

bool stream_settings::flag(const char* name, bool otherwise) const {
  const auto* value = find(name);
  if (value == nullptr)
    return otherwise;
  if (!value->IsBool())
    refuse(name, "is neither true nor false");
  return value->GetBool();
}

std::vector<std::string> stream_settings::list(const char* name) const {
  const auto* value = find(name);
  if (value == nullptr)
    return {};
  if (value->IsString())
    return {text_of(*value)};
  if (!value->IsArray())
    refuse(name, "is no list of texts");
  std::vector<std::string> all;
  for (const auto& one : value->GetArray()) {
    if (!one.IsString())
      refuse(name, "is no list of texts");
    all.push_back(text_of(one));
  }
  return all;
}

std::vector<std::pair<std::string, std::string>> stream_settings::texts(const char* name) const {
  const auto* value = find(name);
  if (value == nullptr)
    return {};
  if (!value->IsObject())
    refuse(name, "is no object of texts");
  std::vector<std::pair<std::string, std::string>> all;
  for (const auto& one : value->GetObject()) {
    if (one.value.IsObject() || one.value.IsArray() || one.value.IsNull())
      refuse(name, "is no object of texts");
    all.emplace_back(text_of(one.name),
                     one.value.IsString() ? text_of(one.value) : json_of(one.value));
  }
  return all;
}

stream_settings stream_settings::part(const char* name) const {
  const auto* value = find(name);
  if (value != nullptr && !value->IsObject())
    refuse(name, "is no object");
  return {where_ + ", " + name, value == nullptr ? "{}" : json_of(*value)};
}

void stream_settings::expect_known(std::initializer_list<std::string_view> names) const {
  for (const auto& one : document_.GetObject())
    if (std::ranges::find(names, std::string_view{one.name.GetString(), one.name.GetStringLength()})
        == names.end())
      refuse("'" + text_of(one.name) + "'",
             fmt::format("is not known; there are {}", fmt::join(names, ", ")));
}

} // namespace nova::syncs
