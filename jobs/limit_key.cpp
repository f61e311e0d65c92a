#include "jobs/limit_key.hpp"

#include "base/json_text.hpp"
#include "base/utf8.hpp"
#include "json/json_reader.hpp"

#include <rapidjson/document.h>
#include <rapidjson/pointer.h>

#include <string_view>

namespace nova::jobs {
namespace {

constexpr size_t key_bytes_max = 200;

std::string key_text_of(const rapidjson::Value& found) {
  if (found.IsString())
    return {found.GetString(), found.GetStringLength()};
  if (!found.IsNumber() && !found.IsBool())
    return {};
  rapidjson::StringBuffer text;
  base::json_writer out{text};
  found.Accept(out);
  return {text.GetString(), text.GetSize()};
}

std::string at(const std::string& document, std::string_view path) {
  rapidjson::Document parsed;
  if (!json::parse(parsed, document))
    return {};
  rapidjson::Pointer pointer{path.data(), path.size()};
  const auto* found = pointer.IsValid() ? pointer.Get(parsed) : nullptr;
  return found == nullptr ? std::string{} : key_text_of(*found);
}

} // namespace

std::string limit_key_of(const claimed_job& job, const std::string& what) {
  constexpr std::string_view of_body = "/body", of_headers = "/headers";
  std::string_view path{what};
  std::string key;
  if (what == "tenant")
    key = job.tenant;
  else if (what == "queue")
    key = job.queue;
  else if (path.starts_with(of_body))
    key = at(job.body, path.substr(of_body.size()));
  else if (path.starts_with(of_headers))
    key = at(job.headers, path.substr(of_headers.size()));
  return std::string{base::start_of(key, key_bytes_max)};
}

} // namespace nova::jobs
