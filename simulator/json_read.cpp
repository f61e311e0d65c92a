#include "simulator/json_read.hpp"

#include "base/json_text.hpp"
#include "base/utf8.hpp"
#include "json/json_reader.hpp"

#include <algorithm>

namespace nova::simulator {

tl::expected<rapidjson::Document, base::bad_input> read_json(std::string_view text) {
  if (auto bad = base::find_invalid_utf8(text); bad != text.size())
    return tl::unexpected(base::bad_input{"", "is not UTF-8 at byte " + std::to_string(bad)});
  rapidjson::Document document;
  if (auto read = json::parse(document, text); !read)
    return tl::unexpected(base::bad_input{"", to_string(read.error())});
  return document;
}

std::string to_json(const rapidjson::Value& value) {
  rapidjson::StringBuffer buffer;
  base::json_writer writer{buffer};
  value.Accept(writer);
  return {buffer.GetString(), buffer.GetSize()};
}

object_reader::object_reader(const rapidjson::Value& from, std::string where)
  : from_(from), where_(std::move(where)) {
  if (!from_.IsObject())
    bad_ = base::bad_input{where_, "must be an object"};
}

bool object_reader::has(const char* name) const {
  return from_.IsObject() && from_.HasMember(name);
}

const rapidjson::Value* object_reader::find(const char* name) {
  known_.emplace_back(name);
  return !bad_ && has(name) ? &from_[name] : nullptr;
}

void object_reader::refuse(const char* name, const std::string& reason) {
  if (!bad_)
    bad_ = base::bad_input{where_.empty() ? name : where_ + "." + name, reason};
}

void object_reader::text(const char* name, std::string& out) {
  const auto* value = find(name);
  if (value == nullptr)
    return;
  if (value->IsString())
    out.assign(value->GetString(), value->GetStringLength());
  else
    refuse(name, "must be a string");
}

void object_reader::truth(const char* name, bool& out) {
  const auto* value = find(name);
  if (value == nullptr)
    return;
  if (value->IsBool())
    out = value->GetBool();
  else
    refuse(name, "must be true or false");
}

void object_reader::whole(const char* name, uint64_t& out) {
  const auto* value = find(name);
  if (value == nullptr)
    return;
  if (value->IsUint64())
    out = value->GetUint64();
  else
    refuse(name, "must be a whole number, 0 or more");
}

void object_reader::number(const char* name, double& out, double low, double high) {
  const auto* value = find(name);
  if (value == nullptr)
    return;
  if (value->IsNumber() && value->GetDouble() >= low && value->GetDouble() <= high)
    out = value->GetDouble();
  else
    refuse(name, "must be a number from " + std::to_string(low) + " to " + std::to_string(high));
}

void object_reader::texts(const char* name, std::vector<std::string>& out) {
  const auto* value = find(name);
  if (value == nullptr)
    return;
  bool good = value->IsArray();
  std::vector<std::string> read;
  for (rapidjson::SizeType i = 0; good && i < value->Size(); ++i) {
    good = (*value)[i].IsString();
    if (good)
      read.emplace_back((*value)[i].GetString(), (*value)[i].GetStringLength());
  }
  if (good)
    out = std::move(read);
  else
    refuse(name, "must be a list of strings");
}

void object_reader::other(const char* name, const reader& read) {
  const auto* value = find(name);
  if (value == nullptr)
    return;
  if (auto done = read(*value, where_.empty() ? name : where_ + "." + name); !done && !bad_)
    bad_ = done.error();
}

std::optional<base::bad_input> object_reader::finish() {
  if (bad_)
    return bad_;
  for (const auto& member : from_.GetObject()) {
    const std::string name{member.name.GetString(), member.name.GetStringLength()};
    if (std::find(known_.begin(), known_.end(), name) != known_.end())
      continue;
    std::string accepted;
    for (const auto& known : known_)
      accepted += (accepted.empty() ? "" : ", ") + known;
    return base::bad_input{where_.empty() ? name : where_ + "." + name,
                           "is not known; accepted are " + accepted};
  }
  return std::nullopt;
}

} // namespace nova::simulator
