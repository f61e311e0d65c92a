#include "actors/job.hpp"

#include "base/uuid.hpp"
#include "json/json_reader.hpp"

#include <rapidjson/document.h>

#include <algorithm>

namespace nova {
namespace {

using text = tl::expected<std::string, base::bad_input>;

constexpr size_t id_bytes_max = 512;

text field(const std::string& body, const char* name) {
  rapidjson::Document document;
  if (!json::parse(document, body) || !document.IsObject())
    return tl::unexpected(base::bad_input{"job", "is not a JSON object"});
  auto found = document.FindMember(name);
  if (found == document.MemberEnd() || !found->value.IsString()
      || found->value.GetStringLength() == 0 || found->value.GetStringLength() > id_bytes_max)
    return tl::unexpected(base::bad_input{name, "is missing or not a text of 1 to 512 bytes"});
  return std::string{found->value.GetString(), found->value.GetStringLength()};
}

} // namespace

tl::expected<backfill_job, base::bad_input> parse_backfill_job(const std::string& body) {
  auto id = field(body, "config_id");
  if (!id)
    return tl::unexpected(id.error());
  if (!base::is_uuid(*id))
    return tl::unexpected(base::bad_input{"config_id", "is not a UUID"});
  return backfill_job{config_id{std::move(*id)}};
}

tl::expected<notification_job, base::bad_input> parse_notification_job(const std::string& body) {
  auto id = field(body, "notification_id");
  if (!id)
    return tl::unexpected(id.error());
  return notification_job{notification_id{std::move(*id)}};
}

tl::expected<thread_sync_job, base::bad_input> parse_thread_sync_job(const std::string& body) {
  auto config = parse_backfill_job(body);
  if (!config)
    return tl::unexpected(config.error());
  auto thread = field(body, "thread_id");
  if (!thread)
    return tl::unexpected(thread.error());
  return thread_sync_job{config->config, thread_id{std::move(*thread)}};
}

} // namespace nova
