#include "app/backfill_gaps.hpp"

#include "json/json_reader.hpp"

#include <rapidjson/document.h>

namespace nova::app {
namespace {

std::string text(const rapidjson::Value& gap, const char* member) {
  auto found = gap.FindMember(member);
  return found != gap.MemberEnd() && found->value.IsString()
           ? std::string{found->value.GetString(), found->value.GetStringLength()}
           : std::string{};
}

} // namespace

bool partial(const backfill_progress& row) {
  return row.gaps != "[]";
}

std::string gaps_of(const backfill_progress& row) {
  rapidjson::Document gaps;
  if (!json::parse(gaps, row.gaps) || !gaps.IsArray())
    return {};
  std::string all;
  for (const auto& gap : gaps.GetArray()) {
    if (!gap.IsObject())
      continue;
    all += all.empty() ? "" : "; ";
    all += text(gap, "kind");
    if (auto folder = text(gap, "folder"); !folder.empty())
      all += ' ' + folder;
    all += ' ' + text(gap, "from") + ".." + text(gap, "to") + ": " + text(gap, "reason");
  }
  return all;
}

} // namespace nova::app
