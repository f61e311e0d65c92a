#include "app/report.hpp"

#include "base/json_text.hpp"
#include "base/printable.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <ostream>

namespace nova::app {
namespace {

constexpr size_t bar_width = 30;
constexpr std::array<const char*, 2> blocks = {"█", "░"};

bool among(const std::vector<std::string>& names, const std::string& name) {
  return std::ranges::find(names, name) != names.end();
}

std::string plain(const cell& value) {
  struct {
    std::string operator()(const std::string& text) const {
      return text;
    }
    std::string operator()(bool yes) const {
      return yes ? "true" : "false";
    }
    std::string operator()(double number) const {
      return fmt::format("{}", number);
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

double number_of(const cell& value) {
  if (const auto* whole = std::get_if<int64_t>(&value))
    return static_cast<double>(*whole);
  if (const auto* count = std::get_if<uint64_t>(&value))
    return static_cast<double>(*count);
  const auto* real = std::get_if<double>(&value);
  return real ? *real : 0;
}

std::string field_of_csv(std::string text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos)
    return text;
  for (auto at = text.find('"'); at != std::string::npos; at = text.find('"', at + 2))
    text.insert(at, 1, '"');
  return '"' + text + '"';
}

void print_csv(context& ctx, const table& what) {
  auto line = [&](const auto& cells, auto text_of) {
    for (size_t i = 0; i < cells.size(); ++i) {
      auto field = field_of_csv(text_of(cells[i]));
      ctx.out << (i == 0 ? "" : ",") << (ctx.terminal ? base::printable(field) : field);
    }
    ctx.out << '\n';
  };
  line(what.columns, [](const std::string& name) { return name; });
  for (const auto& row : what.rows)
    line(row, plain);
}

void print_json(context& ctx, const report& what) {
  rapidjson::StringBuffer buffer;
  base::json_writer out{buffer};
  out.StartArray();
  for (const auto& row : what.found.rows) {
    out.StartObject();
    for (size_t i = 0; i < row.size(); ++i) {
      const auto& name = what.found.columns[i];
      if (among(what.exact, name)) {
        auto number = plain(row[i]);
        out.Key(name.c_str());
        out.RawValue(number.data(), number.size(), rapidjson::kNumberType);
      } else {
        write_fields(out, {{name, row[i]}});
      }
    }
    out.EndObject();
  }
  out.EndArray();
  ctx.out << base::printable_json(buffer.GetString()) << '\n';
}

table with_bars(const report& what) {
  auto drawn = what.found;
  std::vector<std::vector<double>> numbers;
  double most = 0;
  for (const auto& row : drawn.rows) {
    auto& of_row = numbers.emplace_back();
    double sum = 0;
    for (const auto& name : what.charted) {
      auto column = std::ranges::find(drawn.columns, name) - drawn.columns.begin();
      of_row.push_back(number_of(row.at(static_cast<size_t>(column))));
      sum += of_row.back();
    }
    most = std::max(most, sum);
  }
  std::string legend; // of one number the column beside it is
  for (size_t i = 0; i < what.charted.size() && what.charted.size() > 1; ++i)
    legend +=
      fmt::format("{}{} {}", i == 0 ? "" : " ", blocks.at(i % blocks.size()), what.charted[i]);
  drawn.columns.push_back(legend);
  for (size_t i = 0; i < drawn.rows.size(); ++i)
    drawn.rows[i].emplace_back(bar(numbers[i], most, bar_width));
  return drawn;
}

} // namespace

std::string bar(const std::vector<double>& numbers, double most, size_t width) {
  std::string drawn;
  for (size_t i = 0; i < numbers.size() && most > 0; ++i) {
    auto columns = numbers[i] / most * static_cast<double>(width);
    for (auto full = std::floor(columns); full >= 1; --full)
      drawn += blocks.at(i % blocks.size());
    if (numbers[i] > 0 && columns < 1)
      drawn += i == 0 ? "▌" : blocks[1];
  }
  return drawn;
}

void print(context& ctx, const report& what, bool csv) {
  if (csv && ctx.json)
    throw command_error(exit_code::usage, "--csv and --json exclude each other");
  if (csv)
    print_csv(ctx, what.found);
  else if (ctx.json)
    print_json(ctx, what);
  else
    print(ctx, ctx.terminal && !what.charted.empty() ? with_bars(what) : what.found);
}

} // namespace nova::app
