#include "alerts/alert_text.hpp"

#include "base/json_text.hpp"
#include "base/printable.hpp"
#include "base/utf8.hpp"
#include "json/json_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace nova::alerts {
namespace {

constexpr size_t title_max = 400, subject_max = 150, slack_max = 3'000;

std::string text_at(const rapidjson::Value& object, const char* name) {
  auto found = object.FindMember(name);
  return found != object.MemberEnd() && found->value.IsString()
           ? std::string{found->value.GetString(), found->value.GetStringLength()}
           : std::string{};
}

int64_t number_at(const rapidjson::Value& object, const char* name) {
  auto found = object.FindMember(name);
  if (found == object.MemberEnd())
    return 0;
  auto digits = found->value.IsInt64() ? found->value.GetInt64() : 0;
  return digits;
}

bool truth_at(const rapidjson::Value& object, const char* name) {
  auto found = object.FindMember(name);
  return found != object.MemberEnd() && found->value.IsTrue();
}

/// `2026-12-01 14:08:25 UTC`.
std::string moment(const std::string& iso) {
  constexpr size_t to_seconds = 19, day = 10;
  if (iso.size() < to_seconds)
    return iso;
  auto said = iso.substr(0, to_seconds);
  said[day] = ' ';
  return said + " UTC";
}

std::string upper(std::string text) {
  std::ranges::transform(text, text.begin(), [](char one) {
    return one >= 'a' && one <= 'z' ? static_cast<char>(one - 'a' + 'A') : one;
  });
  return text;
}

std::string words_of(std::string kind) {
  std::ranges::replace(kind, '_', ' ');
  return kind;
}

std::string line_of(std::string_view text, size_t most = title_max) {
  return std::string{base::start_of(base::printable(text), most)};
}

struct totals {
  int64_t begun = 0, over = 0;
};

totals total_of(const alert_digest& digest) {
  totals all;
  for (const auto& kind : digest.kinds) {
    all.begun += kind.opened + kind.events;
    all.over += kind.ended;
  }
  return all;
}

/// `12 sync failed, 1 node lost`.
std::string counts_of(const alert_digest& digest, bool over) {
  std::string said;
  for (const auto& kind : digest.kinds) {
    auto count = over ? kind.ended : kind.opened + kind.events;
    if (count > 0)
      said += fmt::format("{}{} {}", said.empty() ? "" : ", ", count, words_of(kind.kind));
  }
  return said;
}

std::string when_of(const told_alert& one) {
  if (one.is_event)
    return "at " + moment(one.opened_at);
  auto said = one.ended_at.empty()
                ? "since " + moment(one.opened_at)
                : "from " + moment(one.opened_at) + " to " + moment(one.ended_at) + ", over";
  return one.count > 1 ? said + fmt::format(", {} times", one.count) : said;
}

std::string level_of(const told_alert& one) {
  return one.ends || !one.ended_at.empty() ? (one.is_event ? upper(one.severity) : "OVER")
                                           : upper(one.severity);
}

int64_t left_out(const alert_digest& digest) {
  auto all = total_of(digest);
  int64_t told = 0;
  for (const auto& one : digest.alerts)
    told += (one.begins ? 1 : 0) + (one.ends ? 1 : 0);
  return std::max<int64_t>(all.begun + all.over - told, 0);
}

std::string escaped(std::string_view text) {
  std::string made;
  for (char one : base::printable(text))
    switch (one) {
      case '&': made += "&amp;"; break;
      case '<': made += "&lt;"; break;
      case '>': made += "&gt;"; break;
      case '"': made += "&quot;"; break;
      case '\'': made += "&#39;"; break;
      default: made += one;
    }
  return made;
}

std::string signature_of(const told_by& by) {
  return "Nova, cluster " + line_of(by.cluster, 100)
         + (by.node.empty() ? "" : ", node " + line_of(by.node, 100));
}

void put(base::json_writer& out, const char* key, std::string_view value) {
  out.Key(key);
  out.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
}

} // namespace

tl::expected<alert_digest, base::bad_input> read_digest(const std::string& items) {
  rapidjson::Document read;
  if (auto good = json::parse(read, items); !good)
    return tl::unexpected{good.error()};
  alert_digest made;
  made.items = items;
  auto kinds = read.IsObject() ? read.FindMember("kinds") : rapidjson::Value::MemberIterator{};
  auto alerts = read.IsObject() ? read.FindMember("alerts") : rapidjson::Value::MemberIterator{};
  if (!read.IsObject() || kinds == read.MemberEnd() || alerts == read.MemberEnd()
      || !kinds->value.IsArray() || !alerts->value.IsArray())
    return tl::unexpected{base::bad_input{"items", "no object with kinds and alerts"}};
  for (const auto& one : kinds->value.GetArray())
    if (one.IsObject())
      made.kinds.push_back({text_at(one, "kind"), text_at(one, "severity"),
                            number_at(one, "events"), number_at(one, "opened"),
                            number_at(one, "ended"), number_at(one, "open")});
  for (const auto& one : alerts->value.GetArray()) {
    if (!one.IsObject())
      continue;
    auto details = one.FindMember("details");
    auto next = details != one.MemberEnd() && details->value.IsObject()
                  ? text_at(details->value, "next")
                  : std::string{};
    made.alerts.push_back({text_at(one, "kind"), text_at(one, "key"), text_at(one, "severity"),
                           text_at(one, "title"), std::move(next), text_at(one, "opened_at"),
                           text_at(one, "ended_at"), number_at(one, "count"),
                           truth_at(one, "begins"), truth_at(one, "ends"),
                           truth_at(one, "is_event")});
  }
  return made;
}

std::string subject_of(const alert_digest& digest, const told_by& by) {
  auto all = total_of(digest);
  std::string said;
  if (digest.alerts.size() == 1 && left_out(digest) == 0) {
    const auto& one = digest.alerts.front();
    auto over = !one.is_event && !one.ended_at.empty();
    said = (over ? "over" : upper(one.severity)) + ": " + one.title;
  } else if (all.begun == 0) {
    said = "over: " + counts_of(digest, true);
  } else {
    said = counts_of(digest, false)
           + (all.over > 0 ? fmt::format("; over: {}", counts_of(digest, true)) : "");
  }
  return line_of('[' + by.cluster + "] " + said, subject_max);
}

std::string text_of(const alert_digest& digest, const told_by& by) {
  auto all = total_of(digest);
  auto said = fmt::format("{} new, {} over.\n", all.begun, all.over);
  for (const auto& one : digest.alerts) {
    said += fmt::format("\n{}: {}\n  {}, {}\n", level_of(one), line_of(one.title),
                        words_of(one.kind), when_of(one));
    if (!one.next.empty() && one.ended_at.empty())
      said += "  next: " + line_of(one.next) + '\n';
  }
  if (auto left = left_out(digest); left > 0)
    said += fmt::format("\nand {} more: nova alerts list --all\n", left);
  for (const auto& kind : digest.kinds)
    if (kind.open > 0)
      said += fmt::format("\nOpen now: {} {}\n", kind.open, words_of(kind.kind));
  return said + "\n-- \n" + signature_of(by) + "\n";
}

std::string html_of(const alert_digest& digest, const told_by& by) {
  auto all = total_of(digest);
  auto said = fmt::format("<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\"></head>"
                          "<body style=\"font-family:sans-serif\">\n<p>{} new, {} over.</p>\n"
                          "<table cellpadding=\"4\">\n",
                          all.begun, all.over);
  for (const auto& one : digest.alerts) {
    said += fmt::format("<tr><td valign=\"top\"><b>{}</b></td><td>{}<br><small>{}, {}",
                        escaped(level_of(one)), escaped(line_of(one.title)),
                        escaped(words_of(one.kind)), escaped(when_of(one)));
    if (!one.next.empty() && one.ended_at.empty())
      said += "<br>next: <code>" + escaped(line_of(one.next)) + "</code>";
    said += "</small></td></tr>\n";
  }
  said += "</table>\n";
  if (auto left = left_out(digest); left > 0)
    said += fmt::format("<p>and {} more: <code>nova alerts list --all</code></p>\n", left);
  return said + "<p><small>" + escaped(signature_of(by)) + "</small></p>\n</body></html>\n";
}

std::string nova_body(const alert_digest& digest, const told_by& by, std::string_view id) {
  rapidjson::StringBuffer text;
  base::json_writer out{text};
  out.StartObject();
  put(out, "type", "nova.alerts");
  put(out, "id", id);
  put(out, "cluster", by.cluster);
  put(out, "node", by.node);
  put(out, "subject", subject_of(digest, by));
  out.EndObject();
  std::string made{text.GetString(), text.GetSize()};
  made.pop_back(); // what the database wrote is an object with both lists
  return made + ',' + digest.items.substr(digest.items.find('{') + 1);
}

std::string slack_body(const alert_digest& digest, const told_by& by) {
  std::string said;
  auto plain = subject_of(digest, by) + '\n' + text_of(digest, by);
  for (char one : base::start_of(plain, slack_max))
    switch (one) {
      case '&': said += "&amp;"; break;
      case '<': said += "&lt;"; break;
      case '>': said += "&gt;"; break;
      default: said += one;
    }
  return "{\"text\":" + base::json_string(said) + '}';
}

std::vector<std::string> pagerduty_bodies(const alert_digest& digest, const told_by& by,
                                          std::string_view routing_key) {
  std::vector<std::string> all;
  for (const auto& kind : digest.kinds) {
    if (kind.opened == 0 && kind.ended == 0)
      continue;
    auto first = std::ranges::find(digest.alerts, kind.kind, &told_alert::kind);
    auto title = first == digest.alerts.end() ? words_of(kind.kind) : first->title;
    auto more = kind.open > 1 ? fmt::format(" ({} of its kind)", kind.open) : std::string{};
    rapidjson::StringBuffer text;
    base::json_writer out{text};
    out.StartObject();
    put(out, "routing_key", routing_key);
    put(out, "event_action", kind.open > 0 ? "trigger" : "resolve");
    put(out, "dedup_key", "nova/" + by.cluster + '/' + kind.kind);
    out.Key("payload");
    out.StartObject();
    put(out, "summary", line_of('[' + by.cluster + "] " + title + more));
    put(out, "source", by.node.empty() ? by.cluster : by.node);
    put(out, "severity", kind.severity);
    put(out, "class", kind.kind);
    out.EndObject();
    out.EndObject();
    all.emplace_back(text.GetString(), text.GetSize());
  }
  return all;
}

} // namespace nova::alerts
