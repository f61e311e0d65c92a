#include "app/output.hpp"

#include "base/json_text.hpp"
#include "base/printable.hpp"
#include "base/uuid.hpp"
#include "shell/text_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <ostream>

namespace nova::app {
namespace {

using writer = base::json_writer;

std::string text_of(const cell& value) {
  struct {
    std::string operator()(const std::string& text) const {
      return base::printable(text);
    }
    std::string operator()(bool yes) const {
      return yes ? "yes" : "no";
    }
    std::string operator()(double number) const {
      return fmt::format("{:.1f}", number);
    }
    std::string operator()(int64_t number) const {
      return std::to_string(number);
    }
    std::string operator()(uint64_t number) const {
      return std::to_string(number);
    }
  } render;
  return std::visit(render, value);
}

void write(writer& out, const cell& value) {
  if (auto text = std::get_if<std::string>(&value))
    out.String(text->data(), static_cast<rapidjson::SizeType>(text->size()));
  else if (auto number = std::get_if<int64_t>(&value))
    out.Int64(*number);
  else if (auto count = std::get_if<uint64_t>(&value))
    out.Uint64(*count);
  else if (auto real = std::get_if<double>(&value))
    out.Double(*real);
  else
    out.Bool(std::get<bool>(value));
}

void write_object(writer& out, const std::vector<std::pair<std::string, cell>>& fields) {
  out.StartObject();
  write_fields(out, fields);
  out.EndObject();
}

void print_json(context& ctx, const table& what) {
  rapidjson::StringBuffer buffer;
  writer out{buffer};
  out.StartArray();
  for (const auto& row : what.rows) {
    std::vector<std::pair<std::string, cell>> fields;
    for (size_t i = 0; i < what.columns.size(); ++i)
      fields.emplace_back(what.columns[i], row.at(i));
    write_object(out, fields);
  }
  out.EndArray();
  ctx.out << base::printable_json(buffer.GetString()) << '\n';
}

} // namespace

void print(context& ctx, const table& what) {
  if (ctx.json) {
    print_json(ctx, what);
    return;
  }
  std::vector<std::vector<std::string>> lines{what.columns};
  for (const auto& row : what.rows) {
    auto& line = lines.emplace_back();
    for (const auto& value : row)
      line.push_back(text_of(value));
  }
  shell::print_aligned(ctx.out, lines);
}

void print(context& ctx, const std::vector<std::pair<std::string, cell>>& what) {
  if (ctx.json) {
    rapidjson::StringBuffer buffer;
    writer out{buffer};
    write_object(out, what);
    ctx.out << base::printable_json(buffer.GetString()) << '\n';
    return;
  }
  std::vector<std::vector<std::string>> lines;
  for (const auto& [name, value] : what)
    lines.push_back({name, text_of(value)});
  shell::print_aligned(ctx.out, lines);
}

void write_fields(base::json_writer& out, const std::vector<std::pair<std::string, cell>>& fields) {
  for (const auto& [name, value] : fields) {
    out.Key(name.c_str());
    write(out, value);
  }
}

std::string utc(int64_t seconds) {
  if (seconds == 0)
    return {};
  auto time = static_cast<time_t>(seconds);
  tm parts{};
  gmtime_r(&time, &parts);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", parts.tm_year + 1900, parts.tm_mon + 1,
                     parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec);
}

int64_t parse_time(const std::string& flag, const std::string& text) {
  tm parts{};
  auto end = strptime(text.c_str(), "%Y-%m-%d", &parts);
  if (end && *end == 'T')
    end = strptime(end, "T%H:%M:%SZ", &parts);
  auto wanted = parts;
  auto seconds = timegm(&parts);
  // timegm turns the 31st of February into March; what is meant must come back as it was written.
  if (!end || *end || wanted.tm_mday != parts.tm_mday || wanted.tm_mon != parts.tm_mon)
    throw command_error(exit_code::usage, flag + ": '" + text
                                            + "' is not a day like 2026-01-31 or a time like "
                                              "2026-01-31T12:00:00Z");
  return seconds;
}

int64_t parse_end(const std::string& flag, const std::string& text) {
  bool day = text.find('T') == std::string::npos;
  return parse_time(flag, text) + (day ? day_seconds : 0);
}

day_range parse_days(const std::string& from, const std::string& to) {
  day_range days;
  if (!from.empty())
    days.from = parse_time("--from", from) / day_seconds * day_seconds;
  if (!to.empty())
    days.to = (parse_end("--to", to) + day_seconds - 1) / day_seconds * day_seconds;
  if (days.from && days.to && *days.from >= *days.to)
    throw command_error(exit_code::usage, "--from: " + utc(*days.from) + " is not before --to ("
                                            + utc(*days.to) + ")");
  return days;
}

std::string masked_urls(std::string_view text) {
  std::string made;
  for (;;) {
    auto scheme = std::min(text.find("https://"), text.find("http://"));
    if (scheme == std::string_view::npos)
      return made.append(text);
    auto begin = text.find("//", scheme) + 2;
    auto end = std::min(text.find_first_of(" \t\n\"'<>", begin), text.size());
    auto authority = text.substr(begin, std::min(text.find_first_of("/?#", begin), end) - begin);
    auto host = authority.substr(authority.rfind('@') + 1);
    made.append(text.substr(0, begin)).append(host);
    if (begin + host.size() < end)
      made += "/***";
    text.remove_prefix(end);
  }
}

void expect_uuid(const std::string& what, const std::string& text) {
  if (!base::is_uuid(text))
    throw command_error(exit_code::usage, what + ": '" + text
                                            + "' is not a UUID like "
                                              "2d6495df-1a4e-486a-8168-229c96e75428");
}

} // namespace nova::app
