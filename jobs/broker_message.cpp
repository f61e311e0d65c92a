#include "jobs/broker_message.hpp"

#include "base/json_text.hpp"
#include "json/json_reader.hpp"

#include <rapidjson/document.h>

#include <algorithm>
#include <limits>
#include <string_view>

namespace nova::jobs {
namespace {

constexpr size_t name_max = 255, text_max = 1000, errors_max = 20;
constexpr int64_t count_max = 1'000'000'000;
constexpr int64_t time_max = int64_t{100'000} * 365 * 24 * 3600 * 1000; // of PostgreSQL, nearly

/// Of the object that was delivered; what has another type or is beyond its bound spoils it.
class field_reader {
public:
  explicit field_reader(const rapidjson::Value& object) : object_(object) {}

  std::string text(const char* name, size_t bytes_max, const std::string& otherwise = {}) {
    const auto* found = find(name);
    if (found == nullptr)
      return otherwise;
    if (!found->IsString() || found->GetStringLength() > bytes_max)
      return spoil(name), otherwise;
    return {found->GetString(), found->GetStringLength()};
  }

  int64_t number(const char* name, int64_t least, int64_t most, int64_t otherwise) {
    const auto* found = find(name);
    if (found == nullptr)
      return otherwise;
    if (!found->IsInt64() || found->GetInt64() < least || found->GetInt64() > most)
      return spoil(name), otherwise;
    return found->GetInt64();
  }

  /// As JSON text.
  std::string json(const char* name, const char* otherwise, bool (*good)(const rapidjson::Value&)) {
    const auto* found = find(name);
    if (found == nullptr)
      return otherwise;
    if (!good(*found))
      return spoil(name), otherwise;
    rapidjson::StringBuffer buffer;
    base::json_writer out{buffer};
    found->Accept(out);
    return {buffer.GetString(), buffer.GetSize()};
  }

  [[nodiscard]] const std::string& spoilt() const {
    return spoilt_;
  }

private:
  const rapidjson::Value* find(const char* name) const {
    auto found = object_.FindMember(name);
    return found == object_.MemberEnd()
               || (found->value.IsNull() && std::string_view{name} != "body")
             ? nullptr
             : &found->value;
  }

  void spoil(const char* name) {
    if (spoilt_.empty())
      spoilt_ = name;
  }

  const rapidjson::Value& object_;
  std::string spoilt_;
};

bool anything(const rapidjson::Value&) {
  return true;
}

bool an_object(const rapidjson::Value& value) {
  return value.IsObject();
}

bool some_errors(const rapidjson::Value& value) {
  return value.IsArray() && value.Size() <= errors_max
         && std::all_of(value.Begin(), value.End(), an_object);
}

/// A character that JSON has and PostgreSQL's jsonb has not.
bool has_zero(std::string_view json) {
  constexpr std::string_view zero = "u0000";
  for (size_t i = 0; i + zero.size() < json.size(); ++i)
    if (json[i] == '\\') {
      if (json.substr(i + 1, zero.size()) == zero)
        return true;
      ++i; // what is escaped is no backslash that begins another
    }
  return false;
}

/// FNV-1a, below zero, as ids of this database are not.
int64_t id_of_foreign(std::string_view transport, std::string_view id) {
  uint64_t hash = 14695981039346656037u;
  auto add = [&hash](std::string_view text) {
    for (unsigned char c : text)
      hash = (hash ^ c) * 1099511628211u;
  };
  add(transport);
  add(" ");
  add(id);
  return -1 - static_cast<int64_t>(hash >> 1);
}

struct travelling {
  int64_t priority = 0, sent_ms = 0, expires_ms = 0, not_before_ms = 0, max_attempts = 0;
  std::string key, errors = "[]";
};

std::string payload_of(const claimed_job& job, const travelling& more) {
  rapidjson::StringBuffer text;
  base::json_writer out{text};
  auto put = [&](const char* key, const std::string& value) {
    if (value.empty())
      return;
    out.Key(key);
    out.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
  };
  auto put_number = [&](const char* key, int64_t value, int64_t nothing) {
    if (value == nothing)
      return;
    out.Key(key);
    out.Int64(value);
  };
  auto put_json = [&](const char* key, const std::string& value) {
    out.Key(key);
    out.RawValue(value.data(), value.size(), rapidjson::kObjectType);
  };
  out.StartObject();
  put_number("id", job.id, 0);
  put("type", job.type);
  put("queue", job.queue);
  put_number("priority", more.priority, 0);
  put("tenant", job.tenant);
  put("key", more.key);
  put_number("sent_ms", more.sent_ms, 0);
  put_number("expires_ms", more.expires_ms, 0);
  put_number("not_before_ms", more.not_before_ms, 0);
  put_number("attempts", job.attempts, 0);
  put_number("max_attempts", more.max_attempts, 0);
  put_json("errors", more.errors);
  put_json("headers", job.headers);
  put_json("body", job.body);
  out.EndObject();
  return {text.GetString(), text.GetSize()};
}

/// Kept whole, as a text.
broker_message undecodable(claimed_job job, const transports::delivery& from,
                           const std::string& reason) {
  auto raw = from.payload;
  std::erase(raw, '\0');
  job.type = "undecodable";
  job.queue = "default";
  job.tenant.clear();
  job.attempts = 0;
  job.headers = "{}";
  job.body = base::json_string(raw);
  broker_message made{std::move(job), {}, {}};
  made.payload = payload_of(made.job, {});
  made.dead = job_outcome{verdict::fail, "undecodable", reason};
  return made;
}

} // namespace

broker_message read_broker_message(const std::string& transport, const transports::delivery& from,
                                   int64_t now_ms) {
  claimed_job job;
  job.place = transport;
  job.receipt = from.receipt;
  job.crashes = std::max(from.deliveries, 1) - 1;
  job.id = id_of_foreign(transport, from.id);
  rapidjson::Document parsed;
  if (auto good = json::parse(parsed, from.payload); !good)
    return undecodable(std::move(job), from, "is not JSON: " + to_string(good.error()));
  if (!parsed.IsObject())
    return undecodable(std::move(job), from, "is no JSON object");
  field_reader fields{parsed};
  travelling more;
  auto foreign = job.id;
  job.id = fields.number("id", std::numeric_limits<int64_t>::min(),
                         std::numeric_limits<int64_t>::max(), foreign);
  job.type = fields.text("type", name_max);
  job.queue = fields.text("queue", name_max, "default");
  job.tenant = fields.text("tenant", text_max);
  job.attempts = static_cast<int32_t>(fields.number("attempts", 0, count_max, 0));
  job.headers = fields.json("headers", "{}", an_object);
  job.body = fields.json("body", "{}", anything);
  constexpr int64_t priority_max = 100;
  more.priority = fields.number("priority", -priority_max, priority_max, 0);
  more.key = fields.text("key", text_max);
  more.sent_ms = fields.number("sent_ms", 0, time_max, 0);
  more.expires_ms = fields.number("expires_ms", 0, time_max, 0);
  more.not_before_ms = fields.number("not_before_ms", 0, time_max, 0);
  more.max_attempts = fields.number("max_attempts", 1, count_max, 0);
  more.errors = fields.json("errors", "[]", some_errors);
  if (job.id == 0)
    job.id = foreign;
  if (!fields.spoilt().empty() || job.type.empty())
    return undecodable(std::move(job), from,
                       (job.type.empty() && fields.spoilt().empty() ? "type" : fields.spoilt())
                         + " is missing or not as it is accepted");
  broker_message made{std::move(job), {}, {}};
  made.payload = payload_of(made.job, more);
  if (has_zero(made.payload))
    return undecodable(std::move(made.job), from, "has the character U+0000");
  if (more.expires_ms > 0 && more.expires_ms <= now_ms)
    made.dead = job_outcome{verdict::fail, "expired", "not done in time"};
  else if (more.not_before_ms > now_ms)
    made.dead = job_outcome{verdict::snooze, "", "came too early",
                            std::chrono::milliseconds{more.not_before_ms - now_ms}};
  return made;
}

} // namespace nova::jobs
