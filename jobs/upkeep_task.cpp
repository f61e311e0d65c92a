#include "jobs/upkeep_task.hpp"

#include "base/json_text.hpp"
#include "json/json_reader.hpp"

#include <rapidjson/document.h>

#include <utility>

namespace nova::jobs {
namespace {

std::string as_text(const rapidjson::Value& value) {
  if (value.IsString())
    return {value.GetString(), value.GetStringLength()};
  rapidjson::StringBuffer text;
  base::json_writer out{text};
  value.Accept(out);
  return text.GetString();
}

tl::unexpected<base::bad_input> refused(const std::string& name, const std::string& why) {
  return tl::unexpected{base::bad_input{"task " + name, why}};
}

} // namespace

std::string upkeep_task::option(const std::string& key, std::string otherwise) const {
  auto found = options.find(key);
  return found == options.end() ? std::move(otherwise) : found->second;
}

tl::expected<upkeep_task, base::bad_input> read_upkeep_task(const std::string& name,
                                                            std::string_view body) {
  rapidjson::Document read;
  if (auto parsed = json::parse(read, body); !parsed)
    return refused(name, "its body is no JSON: " + parsed.error().reason);
  if (!read.IsObject() || !read.HasMember("kind") || !read["kind"].IsString())
    return refused(name, "its body has no kind");
  upkeep_task task{name, as_text(read["kind"]), {}, {}};
  if (auto target = read.FindMember("target"); target != read.MemberEnd())
    task.target = as_text(target->value);
  if (auto options = read.FindMember("options");
      options != read.MemberEnd() && options->value.IsObject()) {
    const auto& all = options->value;
    for (auto one = all.MemberBegin(); one != all.MemberEnd(); ++one)
      task.options.insert_or_assign(as_text(one->name), as_text(one->value));
  }
  return task;
}

std::string upkeep_body(const pg::claimed_upkeep& claimed) {
  return R"({"kind":)" + base::json_string(claimed.kind) + R"(,"target":)"
         + base::json_string(claimed.target) + R"(,"options":)" + claimed.options + "}";
}

} // namespace nova::jobs
