#include "shell/rows.hpp"

#include "base/json_text.hpp"
#include "base/printable.hpp"
#include "json/json_reader.hpp"
#include "shell/suggestion.hpp"
#include "shell/text_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <ostream>
#include <set>

namespace nova::shell {
namespace {

constexpr json::bounds answers{.bytes_max = size_t{256} << 20};
constexpr size_t cell_max = 72;

/// What a terminal does not take for commands, and no longer than a cell.
std::string plain(std::string_view text) {
  auto made = base::printable(text);
  if (width_of(made) <= cell_max)
    return made;
  size_t end = 0;
  for (size_t width = 0; end < made.size() && width < cell_max; ++end)
    width += (static_cast<unsigned char>(made[end]) & 0xC0U) != 0x80U ? 1 : 0;
  while (end < made.size() && (static_cast<unsigned char>(made[end]) & 0xC0U) == 0x80U)
    ++end;
  return made.substr(0, end) + "…";
}

std::string json_of(const rapidjson::Value& value) {
  rapidjson::StringBuffer buffer;
  base::json_writer writer{buffer};
  value.Accept(writer);
  return {buffer.GetString(), buffer.GetSize()};
}

std::string value_text(const rapidjson::Value& value) {
  if (value.IsNull())
    return {};
  if (value.IsString())
    return {value.GetString(), value.GetStringLength()};
  if (value.IsDouble())
    return fmt::format("{:.10g}", value.GetDouble());
  return json_of(value);
}

std::string cell_text(const rapidjson::Value& row, const std::string& column) {
  auto found = row.FindMember(column.c_str());
  if (found == row.MemberEnd())
    return {};
  const auto& value = found->value;
  if (column.ends_with("_s") && value.IsNumber())
    return duration_text(value.GetDouble());
  return value_text(value);
}

std::string heading(const std::string& column) {
  auto name = column.ends_with("_s") ? column.substr(0, column.size() - 2) : column;
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return name;
}

std::vector<std::string> columns_of(const rows& what) {
  std::vector<std::string> all;
  std::set<std::string> seen;
  for (const auto& row : what.document.GetArray())
    for (const auto& member : row.GetObject())
      if (seen.insert(member.name.GetString()).second)
        all.emplace_back(member.name.GetString());
  return all;
}

void print_table(std::ostream& out, const rows& what, const std::vector<std::string>& columns,
                 bool headings) {
  std::vector<std::vector<std::string>> lines;
  if (headings) {
    lines.emplace_back();
    for (const auto& column : columns)
      lines.back().push_back(plain(heading(column)));
  }
  for (const auto& row : what.document.GetArray()) {
    lines.emplace_back();
    for (const auto& column : columns)
      lines.back().push_back(plain(cell_text(row, column)));
  }
  print_aligned(out, lines);
}

void print_tsv(std::ostream& out, const rows& what, const std::vector<std::string>& columns,
               bool headings) {
  auto put = [&](auto text_of) {
    for (size_t i = 0; i < columns.size(); ++i) {
      out << (i == 0 ? "" : "\t") << base::printable(text_of(columns[i]));
    }
    out << '\n';
  };
  if (headings)
    put([](const std::string& column) { return column; });
  for (const auto& row : what.document.GetArray())
    put([&](const std::string& column) {
      auto found = row.FindMember(column.c_str());
      return found == row.MemberEnd() ? std::string{} : value_text(found->value);
    });
}

std::string row_json(const rapidjson::Value& row, const std::vector<std::string>& columns) {
  if (columns.empty())
    return json_of(row);
  std::string made = "{";
  for (const auto& column : columns) {
    auto found = row.FindMember(column.c_str());
    made += (made.size() > 1 ? "," : "") + base::json_string(column) + ":"
            + (found == row.MemberEnd() ? "null" : json_of(found->value));
  }
  return made + "}";
}

exit_code exit_code_of(int status) {
  switch (status) {
    case 200: return exit_code::done;
    case 400:
    case 405: return exit_code::usage;
    case 401:
    case 403: return exit_code::denied;
    case 404: return exit_code::nothing;
    case 504:
    case reply::timed_out: return exit_code::timed_out;
    case reply::unreachable: return exit_code::unreachable;
    default: return exit_code::failed;
  }
}

} // namespace

std::vector<std::string> split(std::string_view text, char at) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    auto end = std::min(text.find(at), text.size());
    if (end > 0)
      parts.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

std::string duration_text(double seconds) {
  if (seconds < 60)
    return fmt::format("{:.1f} s", seconds);
  auto whole = static_cast<int64_t>(seconds);
  if (whole < 3600)
    return fmt::format("{} m {:02} s", whole / 60, whole % 60);
  if (whole < 86400)
    return fmt::format("{} h {:02} m", whole / 3600, whole / 60 % 60);
  return fmt::format("{} d {:02} h", whole / 86400, whole / 3600 % 24);
}

std::string rows::text(const rapidjson::Value& row, const char* column) {
  auto found = row.FindMember(column);
  return found == row.MemberEnd() ? std::string{} : value_text(found->value);
}

double rows::number(const rapidjson::Value& row, const char* column) {
  auto found = row.FindMember(column);
  return found != row.MemberEnd() && found->value.IsNumber() ? found->value.GetDouble() : 0;
}

void rows::add(const std::vector<std::pair<std::string, std::string>>& cells) {
  auto& memory = document.GetAllocator();
  rapidjson::Value row{rapidjson::kObjectType};
  for (const auto& [name, value] : cells)
    row.AddMember(rapidjson::Value{name.c_str(), memory}, rapidjson::Value{value.c_str(), memory},
                  memory);
  document.PushBack(row, memory);
  ++total;
}

void rows::append(rows&& other) {
  for (auto& row : other.document.GetArray())
    document.PushBack(rapidjson::Value{row, document.GetAllocator()}, document.GetAllocator());
  total += other.total;
  for (auto& each : other.silent) {
    bool known = std::any_of(silent.begin(), silent.end(),
                             [&](const silent_node& one) { return one.node == each.node; });
    if (!known)
      silent.push_back(std::move(each));
  }
  if (other.result != exit_code::done
      && (result == exit_code::done || result == exit_code::partial)) {
    result = other.result;
    error = std::move(other.error);
  }
}

std::string rows::fault_of_column(const std::string& name) const {
  auto known = columns_of(*this);
  auto wanted = name.substr(0, name.find('.')); // of an object: `load.cpu`
  if (known.empty() || std::find(known.begin(), known.end(), wanted) != known.end())
    return {};
  std::string all;
  for (const auto& each : known)
    all += (all.empty() ? "" : ", ") + each;
  return "there is no column '" + name + "'" + did_you_mean(name, known) + " (" + all + ")";
}

rows read_rows(const reply& from) {
  rows made;
  made.result = exit_code_of(from.status);
  rapidjson::Document parsed{&made.document.GetAllocator()};
  (void)json::parse(parsed, from.body, answers);
  if (made.result != exit_code::done) {
    made.error = parsed.IsObject() ? rows::text(parsed, "error") : from.body;
    if (made.error.empty())
      made.error = fmt::format("the node answered with {}", from.status);
    return made;
  }
  if (parsed.IsArray()) {
    // Not Document::Swap: it would take along who owns the memory.
    static_cast<rapidjson::Value&>(made.document) = static_cast<rapidjson::Value&>(parsed);
    made.total = made.document.Size();
    return made;
  }
  if (!parsed.IsObject() || !parsed.HasMember("rows") || !parsed["rows"].IsArray()) {
    made.result = exit_code::failed;
    made.error = "an answer that cannot be read";
    return made;
  }
  static_cast<rapidjson::Value&>(made.document) = parsed["rows"];
  made.total = static_cast<uint64_t>(rows::number(parsed, "total"));
  if (auto silent = parsed.FindMember("silent"); silent != parsed.MemberEnd())
    for (const auto& each : silent->value.GetArray())
      made.silent.push_back({rows::text(each, "node"), rows::text(each, "reason")});
  if (!made.silent.empty())
    made.result = exit_code::partial;
  return made;
}

void select(rows& of, const line& options, const std::string& sort) {
  auto where = row_filter::parse(options.option("where"));
  if (!where) {
    of.result = exit_code::usage;
    of.error = to_string(where.error());
    return;
  }
  auto by = options.option("sort", sort);
  bool falling = by.starts_with('-');
  if (falling)
    by.erase(0, 1);
  auto named = where->columns();
  if (options.has("sort"))
    named.push_back(by);
  for (const auto& column : named)
    if (auto fault = of.fault_of_column(column); !fault.empty()) {
      of.result = exit_code::usage;
      of.error = fault;
      return;
    }
  auto& all = of.document;
  std::vector<rapidjson::Value> kept;
  for (auto& row : all.GetArray())
    if (where->takes(cells_of(row)))
      kept.emplace_back(std::move(row));
  if (of.total
      == all.Size()) // nothing was left out before: what is left out here was not asked for
    of.total = kept.size();
  if (!by.empty())
    std::stable_sort(kept.begin(), kept.end(), [&](const auto& left, const auto& right) {
      auto l = cells_of(left)(by), r = cells_of(right)(by);
      return falling ? less(r, l) : less(l, r);
    });
  auto limit =
    static_cast<size_t>(std::strtoull(options.option("limit", "0").c_str(), nullptr, 10));
  if (limit > 0 && kept.size() > limit)
    kept.resize(limit);
  all.Clear();
  for (auto& row : kept)
    all.PushBack(row, all.GetAllocator());
}

void print(std::ostream& out, const rows& what, format as, const std::vector<std::string>& columns,
           bool headings) {
  auto shown =
    columns.empty() && (as == format::table || as == format::tsv) ? columns_of(what) : columns;
  if (as == format::table)
    return print_table(out, what, shown, headings);
  if (as == format::tsv)
    return print_tsv(out, what, shown, headings);
  std::string joined;
  for (const auto& row : what.document.GetArray()) {
    auto text = base::printable_json(row_json(row, shown));
    if (as == format::jsonl)
      out << text << '\n';
    else
      joined += (joined.empty() ? "" : ",\n  ") + text;
  }
  if (as == format::jsonl)
    return;
  std::string silent;
  for (const auto& each : what.silent)
    silent += fmt::format("{}{{\"node\":{},\"reason\":{}}}", silent.empty() ? "" : ",",
                          base::json_string(each.node), base::json_string(each.reason));
  out << fmt::format("{{\"version\":1,\"total\":{},\"silent\":[{}],\"rows\":[\n  {}\n]}}\n",
                     what.total, base::printable_json(silent), joined);
}

} // namespace nova::shell
