#include "pg/sentences.hpp"

#include "base/ensure.hpp"
#include "base/json_text.hpp"
#include "json/json_reader.hpp"

#include <algorithm>
#include <cctype>

namespace nova::pg {

const rapidjson::Value& facts::at(const char* name) const {
  auto found = object_->FindMember(name);
  base::ensure(found != object_->MemberEnd(), "a statement returns every fact of its kind");
  return found->value;
}

std::string facts::text(const char* name) const {
  const auto& value = at(name);
  if (value.IsNull())
    return "unknown";
  if (value.IsInt64())
    return std::to_string(value.GetInt64());
  base::ensure(value.IsString(), "a fact is a text or a whole number");
  return {value.GetString(), value.GetStringLength()};
}

std::string facts::after(const char* before, const char* name) const {
  return at(name).IsNull() ? std::string{} : before + text(name);
}

std::vector<facts> facts::each(const char* name) const {
  const auto& list = at(name);
  std::vector<facts> all;
  if (list.IsArray())
    for (const auto& one : list.GetArray())
      all.emplace_back(one);
  return all;
}

std::string is_paused(const facts& known) {
  return known.text("what") + " is paused by " + known.text("by") + known.after(": ", "reason");
}

namespace {

bool is_plain(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0
         || std::string_view{"_.@:/,+-"}.find(c) != std::string_view::npos;
}

/// A name as it can be pasted into a line that begins so, in a shell too: names are anybody's. One
/// that cannot be quoted there is left to who pastes.
std::string pasteable(const std::string& name, std::string_view before) {
  if (std::ranges::all_of(name, is_plain))
    return name;
  auto quoted = before.find_first_of("'\"") != std::string_view::npos;
  return quoted || name.find('\'') != std::string::npos ? "…" : '\'' + name + '\'';
}

} // namespace

std::string advice::of(const facts& known) const {
  return before + (fact == nullptr ? std::string{} : pasteable(known.text(fact), before)) + after;
}

const sentence& sentence_of(std::span<const sentence> all, std::string_view kind) {
  auto found =
    std::find_if(all.begin(), all.end(), [&](const sentence& one) { return one.kind == kind; });
  base::ensure(found != all.end(), "every kind has its sentence");
  return *found;
}

rapidjson::Document read_facts(const std::string& json) {
  rapidjson::Document read;
  base::ensure(json::parse(read, json).has_value() && read.IsObject(), "facts are a JSON object");
  return read;
}

std::string view_text(const std::vector<view_row>& rows) {
  std::string out = "[";
  for (const auto& row : rows) {
    out += out.size() == 1 ? "{" : ", {";
    for (const auto& [name, value] : row) {
      if (out.back() != '{')
        out += ", ";
      out += base::json_string(name) + ": " + (value ? base::json_string(*value) : "null");
    }
    out += '}';
  }
  return out + ']';
}

std::string step_of(const std::string& kind) {
  return kind.substr(0, kind.find('/'));
}

std::string chain_text(const std::vector<chain_step>& steps,
                       const sentence& (*said_of)(std::string_view kind)) {
  std::vector<view_row> rows;
  std::string blocks;
  for (const auto& [kind, ok, since, json] : steps) {
    const auto& said = said_of(kind);
    auto read = read_facts(json);
    facts known{read};
    auto name = step_of(kind);
    if (!ok && blocks.empty())
      blocks = name;
    rows.push_back({{"next", ok ? std::string{} : said.next.of(known)},
                    {"step", name},
                    {"text", said.text(known)},
                    {"since", since},
                    {"state", ok               ? "ok"
                              : name == blocks ? "BLOCKS"
                                               : "waits"}});
  }
  return view_text(rows);
}

} // namespace nova::pg
