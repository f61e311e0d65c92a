#include "jobs/envelope.hpp"

#include "base/json_text.hpp"

#include <string_view>

namespace nova::jobs {

std::string effect_key_of(const claimed_job& job) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string key;
  for (char c : name_of(job)) {
    auto byte = static_cast<unsigned char>(c);
    if (c == ' ')
      key += '-';
    else if (c > ' ' && c <= '~' && c != '%')
      key += c;
    else // a queue may be called anything, and this becomes a header field
      (key += '%').append({digits[byte >> 4], digits[byte & 15]});
  }
  return key;
}

std::string envelope_of(const claimed_job& job) {
  rapidjson::StringBuffer text;
  base::json_writer out{text};
  auto put = [&](const char* key, const std::string& value) {
    out.Key(key);
    out.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
  };
  auto put_json = [&](const char* key, const std::string& value) {
    out.Key(key);
    if (value.empty())
      out.Null();
    else
      out.RawValue(value.data(), value.size(), rapidjson::kObjectType);
  };
  out.StartObject();
  put("source", to_string(job.from));
  out.Key("id");
  out.Int64(job.id);
  put("type", job.type);
  put("transport", job.from == source::message ? job.place : "");
  put("queue", job.from == source::queue ? job.place : job.queue);
  out.Key("tenant");
  if (job.tenant.empty())
    out.Null();
  else
    out.String(job.tenant.data(), static_cast<rapidjson::SizeType>(job.tenant.size()));
  out.Key("attempt");
  out.Int(job.attempts + 1);
  put("key", effect_key_of(job));
  put_json("headers", job.headers);
  put_json("body", job.body);
  out.EndObject();
  return {text.GetString(), text.GetSize()};
}

} // namespace nova::jobs
