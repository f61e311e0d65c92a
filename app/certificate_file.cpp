#include "app/certificate_file.hpp"

#include "app/context.hpp"
#include "app/inbox_lookup.hpp"
#include "app/output.hpp"
#include "base/clock.hpp"
#include "base/json_text.hpp"
#include "json/json_reader.hpp"
#include "pg/email/certificate_chain.hpp"
#include "pg/email/recompute_certificates.hpp"

#include <map>

namespace nova::app {
namespace {

constexpr const char* form = "nova-certificate/1";
constexpr size_t file_max = size_t{256} << 20;
constexpr int64_t second = 1'000'000; // microseconds

void time_of(base::json_writer& out, const char* name, const std::optional<int64_t>& at) {
  out.Key(name);
  if (at)
    out.String(utc(*at / second).c_str());
  else
    out.Null();
}

/// What is JSON already.
void list(base::json_writer& out, const char* name, const std::string& json) {
  out.Key(name);
  out.RawValue(json.data(), json.size(), rapidjson::kArrayType);
}

void side(base::json_writer& out, const char* name, const mail_digest& digest) {
  out.Key(name);
  out.StartObject();
  write_fields(out, {{"count", digest.count}, {"ids", digest.ids}, {"content", digest.content}});
  out.EndObject();
}

void write_day(base::json_writer& out, const mail_certificate& day) {
  out.StartObject();
  write_fields(out, {{"day", day.day}, {"state", day.state}, {"reason", day.reason}});
  side(out, "provider", day.provider);
  side(out, "stored", day.stored);
  write_fields(out, {{"in_flight", day.in_flight}});
  list(out, "missing", day.missing);
  list(out, "extra", day.extra);
  list(out, "differing", day.differing);
  list(out, "rejected", day.rejected);
  time_of(out, "compared_at", day.compared_at);
  time_of(out, "verified_at", day.verified_at);
  write_fields(out, {{"compared_by", day.compared_by}});
  if (day.attachments) {
    out.Key("attachments");
    out.StartObject();
    write_fields(out, {{"listed", day.attachments->listed},
                       {"stored", day.attachments->stored},
                       {"too_large", day.attachments->too_large},
                       {"unavailable", day.attachments->unavailable}});
    out.EndObject();
  }
  out.EndObject();
}

[[noreturn]] void unreadable(const std::string& what) {
  throw command_error(exit_code::usage, "--check: " + what + " in a file of the form " + form);
}

std::string text_in(const rapidjson::Value& object, const char* name) {
  auto found =
    object.IsObject() ? object.FindMember(name) : rapidjson::Value::ConstMemberIterator{};
  if (!object.IsObject() || found == object.MemberEnd() || !found->value.IsString())
    unreadable(std::string{"no text '"} + name + "'");
  return {found->value.GetString(), found->value.GetStringLength()};
}

const rapidjson::Value& member(const rapidjson::Value& object, const char* name) {
  if (!object.IsObject() || !object.HasMember(name))
    unreadable(std::string{"no '"} + name + "'");
  return object[name];
}

} // namespace

std::string certificate_file(pg::connection& conn, const inbox& of,
                             const std::vector<mail_certificate>& days) {
  auto chain = pg::certificate_chain{of.id}.run(conn);
  rapidjson::StringBuffer buffer;
  base::json_writer out{buffer};
  out.StartObject();
  write_fields(out, {{"format", std::string{form}}});
  time_of(out, "made_at", base::wall_now().time_since_epoch().count());
  out.Key("inbox");
  out.StartObject();
  write_fields(out, {{"id", of.id.value},
                     {"email", of.email},
                     {"grant_id", of.grant.value},
                     {"provider", of.provider}});
  out.EndObject();
  out.Key("log");
  out.StartObject();
  write_fields(out, {{"events", chain.events}, {"head", chain.head}});
  out.EndObject();
  out.Key("days");
  out.StartArray();
  for (const auto& day : days)
    write_day(out, day);
  out.EndArray();
  out.EndObject();
  return {buffer.GetString(), buffer.GetSize()};
}

certificate_check check_certificate(pg::connection& conn, const std::string& document) {
  rapidjson::Document parsed;
  if (auto read = json::parse(parsed, document, {.bytes_max = file_max}); !read)
    throw command_error(exit_code::usage, "--check: " + to_string(read.error()));
  if (text_in(parsed, "format") != form)
    unreadable("format '" + text_in(parsed, "format") + "'");
  auto of = find_inbox_or_fail(conn, text_in(member(parsed, "inbox"), "id"));
  certificate_check checked;
  checked.inbox = of.id.value;
  auto head = text_in(member(parsed, "log"), "head");
  auto chain = pg::certificate_chain{of.id, head}.run(conn);
  if (chain.changed > 0)
    checked.differences.push_back(std::to_string(chain.changed)
                                  + " entries of the log are not what they were when they were "
                                    "added");
  if (!head.empty() && !chain.has_known)
    checked.differences.push_back("the log has no entry " + head);
  std::map<std::string, pg::stored_day> stored;
  for (auto& day : pg::recompute_certificates{of.id}.run(conn))
    stored.emplace(day.day, std::move(day));
  const auto& days = member(parsed, "days");
  if (!days.IsArray())
    unreadable("'days' is no list");
  for (const auto& day : days.GetArray()) {
    ++checked.days;
    auto name = text_in(day, "day");
    if (auto state = text_in(day, "state"); state != "verified")
      checked.differences.push_back(name + ": was " + state);
    const auto& then = member(day, "stored");
    const auto& now = stored[name];
    if (text_in(then, "ids") != now.ids)
      checked.differences.push_back(name + ": other messages than then are stored, "
                                    + std::to_string(now.count) + " now");
  }
  return checked;
}

} // namespace nova::app
