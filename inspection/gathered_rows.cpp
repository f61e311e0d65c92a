#include "inspection/gathered_rows.hpp"

#include "base/json_text.hpp"
#include "inspection/actor_columns.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <ctime>
#include <string_view>
#include <variant>

namespace nova::inspection {
namespace {

constexpr int64_t second = 1'000'000;

void put(base::json_writer& json, std::string_view text) {
  json.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
}

void put(base::json_writer& json, double number) {
  if (number == static_cast<double>(static_cast<int64_t>(number)))
    json.Int64(static_cast<int64_t>(number));
  else
    json.Double(number);
}

void put(base::json_writer& json, const shell::cell& value) {
  if (const auto* number = std::get_if<double>(&value))
    put(json, *number);
  else if (const auto* text = std::get_if<std::string>(&value))
    put(json, std::string_view{*text});
  else
    json.Null();
}

template <class Value>
void member(base::json_writer& json, std::string_view name, const Value& value) {
  json.Key(name.data(), static_cast<rapidjson::SizeType>(name.size()));
  put(json, value);
}

std::string iso(int64_t microseconds) {
  std::time_t whole = microseconds / second;
  std::tm utc{};
  gmtime_r(&whole, &utc);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", utc.tm_year + 1900,
                     utc.tm_mon + 1, utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec,
                     microseconds / 1000 % 1000);
}

/// An advice with the name of what it is about.
std::string filled(std::string next, const std::string& name) {
  if (auto at = next.find("{}"); at != std::string::npos)
    next.replace(at, 2, name);
  return next;
}

/// The members of a row; `node` answered it, `now` by its clock.
struct row_writer {
  base::json_writer& json;
  const std::string& node;
  int64_t now = 0;

  void operator()(const inspected_actor& actor) const {
    auto facts = facts_of(actor);
    for (const auto& column : actor_columns())
      member(json, column.name, column.value({facts, node, now}));
  }

  void operator()(const inspected_finding& finding) const {
    auto actor = node + '/' + finding.actor;
    auto blamed = finding.about.empty();
    auto text = blamed ? finding.text : node + ' ' + finding.text;
    member(json, "level", to_string(finding.level));
    member(json, "what", std::string_view{blamed ? actor : finding.about});
    member(json, "text", std::string_view{text});
    member(json, "since",
           std::string_view{finding.since == 0 ? std::string{} : iso(finding.since)});
    member(json, "next", std::string_view{filled(finding.next, actor)});
  }

  void operator()(const inspected_failure& failure) const {
    member(json, "at", std::string_view{iso(failure.at)});
    member(json, "actor", std::string_view{node + '/' + failure.actor});
    member(json, "reason", std::string_view{failure.reason});
    member(json, "doing", std::string_view{failure.doing});
    member(json, "restart", static_cast<double>(failure.restart));
    member(json, "message", std::string_view{failure.message});
  }

  void operator()(const inspected_details& of) const {
    member(json, "actor", std::string_view{node + '/' + of.actor});
    member(json, "messages", std::string_view{of.messages});
    member(json, "linked", std::string_view{of.linked});
    member(json, "watched", std::string_view{of.watched});
    member(json, "watches", std::string_view{of.watches});
  }

  void operator()(const inspected_process& of) const {
    constexpr double percent = 100, mebibyte = 1 << 20, tenth = 10;
    auto rounded = [](double value) { return std::round(value * tenth) / tenth; };
    member(json, "node", std::string_view{node});
    member(json, "cpu", rounded(of.cpu_share * percent));
    member(json, "cpu_s", rounded(static_cast<double>(of.cpu_us) / second));
    member(json, "rss_mb", rounded(static_cast<double>(of.resident_bytes) / mebibyte));
    member(json, "threads", static_cast<double>(of.threads));
    member(json, "fds", static_cast<double>(of.descriptors));
    member(json, "fds_max", static_cast<double>(of.descriptors_max));
    member(json, "zone", std::string_view{of.zone});
  }

  void operator()(const traced_message& message) const {
    constexpr double in_a_millisecond = 1000;
    member(json, "at", std::string_view{iso(message.at)});
    member(json, "actor", std::string_view{node + '/' + message.actor});
    member(json, "message", std::string_view{message.message});
    member(json, "from", std::string_view{message.from});
    member(json, "took_ms", static_cast<double>(message.took_us) / in_a_millisecond);
    member(json, "now", std::string_view{message.doing});
  }
};

template <class Row>
void write_rows(const row_writer& writer, const std::vector<Row>& rows) {
  for (const auto& row : rows) {
    writer.json.StartObject();
    writer(row);
    writer.json.EndObject();
  }
}

bool has_rows(const node_inspected& answer) {
  return !answer.actors.empty() || !answer.findings.empty() || !answer.failures.empty()
         || !answer.traced.empty() || !answer.details.empty() || !answer.processes.empty();
}

} // namespace

void gathered_rows::add(node_inspected answer, const std::string& from) {
  if (answer.status == 200)
    answers_.emplace_back(from, std::move(answer));
  else if (from != node_)
    add_silent(from, answer.error);
  else
    refuse(answer.status, std::move(answer.error));
}

void gathered_rows::refuse(int status, std::string why) {
  status_ = status;
  error_ = std::move(why);
}

void gathered_rows::add_silent(const std::string& node, const std::string& why) {
  silent_.emplace_back(node, why);
}

bool gathered_rows::any() const noexcept {
  return std::ranges::any_of(answers_, [](const auto& each) { return has_rows(each.second); });
}

std::string gathered_rows::text() const {
  if (status_ != 200)
    return "{\"error\":" + base::json_string(error_) + "}";
  uint64_t total = 0;
  for (const auto& [node, answer] : answers_)
    total += answer.total;
  rapidjson::StringBuffer buffer;
  base::json_writer json{buffer};
  json.StartObject();
  member(json, "version", 1.0);
  member(json, "node", std::string_view{node_});
  member(json, "total", static_cast<double>(total));
  json.Key("silent");
  json.StartArray();
  for (const auto& [node, why] : silent_) {
    json.StartObject();
    member(json, "node", std::string_view{node});
    member(json, "reason", std::string_view{why});
    json.EndObject();
  }
  json.EndArray();
  json.Key("rows");
  json.StartArray();
  for (const auto& [node, answer] : answers_) {
    row_writer writer{json, node, answer.now};
    write_rows(writer, answer.actors);
    write_rows(writer, answer.findings);
    write_rows(writer, answer.failures);
    write_rows(writer, answer.traced);
    write_rows(writer, answer.details);
    write_rows(writer, answer.processes);
  }
  json.EndArray();
  json.EndObject();
  return {buffer.GetString(), buffer.GetSize()};
}

std::string api_answer(const std::string& node, uint64_t total, const std::string& rows) {
  return fmt::format(R"({{"version":1,"node":{},"total":{},"silent":[],"rows":{}}})",
                     base::json_string(node), total, rows);
}

} // namespace nova::inspection
