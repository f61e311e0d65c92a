#include "inspection/actor_view.hpp"

#include "base/clock.hpp"
#include "base/json_text.hpp"
#include "http/query_string.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace nova::http {
namespace {

using namespace std::chrono_literals;
using json_writer = base::json_writer;

constexpr size_t rows_default = 100;
constexpr size_t rows_max = 100'000;
constexpr size_t directory_max = 1'000'000;
constexpr size_t sessions_max = 16;
constexpr auto session_patience = 10s;
constexpr double stuck_default = 10;
constexpr uint64_t mailbox_alarm = 1000;
constexpr size_t restarts_alarm = 3;

constexpr std::array<std::string_view, 17> columns = {
  "actor",   "node",    "kind",     "key",  "parent",   "state",        "message", "busy_s", "now",
  "since_s", "mailbox", "received", "rate", "restarts", "last_failure", "age_s",   "handled"};

// Who works on one thing and ends with it: one that is at the same step for long is stuck.
constexpr std::array<std::string_view, 2> workers = {"thread_sync", "notification_handler"};

double seconds(base::wall_time::duration length) {
  return std::chrono::duration<double>(length).count();
}

double rounded(double value) {
  return std::round(value * 10) / 10;
}

void put(json_writer& json, std::string_view text) {
  json.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
}

void put(json_writer& json, const base::cell& value) {
  if (const auto* number = std::get_if<double>(&value)) {
    if (*number == static_cast<double>(static_cast<int64_t>(*number)))
      json.Int64(static_cast<int64_t>(*number));
    else
      json.Double(*number);
  } else if (const auto* text = std::get_if<std::string>(&value)) {
    put(json, std::string_view{*text});
  } else {
    json.Null();
  }
}

/// Writes `{"total": N, "rows": [` … `]}` around rows.
class rows_document {
public:
  explicit rows_document(size_t total) {
    json.StartObject();
    json.Key("total");
    json.Uint64(total);
    json.Key("rows");
    json.StartArray();
  }

  node_inspected end() {
    json.EndArray();
    json.EndObject();
    return {200, {text_.GetString(), text_.GetSize()}};
  }

  void pair(std::string_view name, const base::cell& value) {
    put(json, name);
    put(json, value);
  }

private:
  rapidjson::StringBuffer text_;

public:
  json_writer json{text_};
};

node_inspected refused(uint16_t status, std::string_view reason) {
  return {status, "{\"error\":" + base::json_string(reason) + "}"};
}

size_t limit_of(const std::string& target) {
  auto text = query_parameter(target, "limit").value_or("");
  size_t limit = rows_default;
  std::from_chars(text.data(), text.data() + text.size(), limit);
  return std::min(limit, rows_max);
}

std::string iso(base::wall_time at) {
  auto micros = at.time_since_epoch().count();
  std::time_t whole = micros / 1'000'000;
  std::tm utc{};
  gmtime_r(&whole, &utc);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", utc.tm_year + 1900,
                     utc.tm_mon + 1, utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec,
                     micros / 1000 % 1000);
}

} // namespace

/// What of the actors is wanted, and in which order.
struct actor_view::selection {
  std::string path;
  base::row_filter filter;
  std::string sort;
  bool falling = false;
  double over = -1;
  size_t limit = rows_default;

  [[nodiscard]] bool stuck(const base::actor_row& row, base::wall_time now) const {
    if (over < 0)
      return true;
    if (row.busy_since && seconds(now - *row.busy_since) >= over)
      return true;
    if (row.suspended && row.waiting > 0)
      return true;
    return std::find(workers.begin(), workers.end(), row.name.kind) != workers.end()
           && seconds(now - row.doing_since) >= over;
  }
};

actor_view::actor_view(std::string node, std::shared_ptr<base::directory> directory,
                       std::function<std::string(uint16_t)> message_name)
  : node_(std::move(node)), directory_(std::move(directory)),
    message_name_(std::move(message_name)) {}

std::string actor_view::message(uint16_t type) const {
  return type == 0 || !message_name_ ? std::string{"a message"} : message_name_(type);
}

node_inspected actor_view::answer(const std::string& target) {
  auto path = std::string_view{target}.substr(0, target.find('?'));
  if (path == "actors")
    return actors(target);
  if (path == "findings")
    return findings();
  if (path == "failures")
    return failures(target);
  if (path == "trace")
    return trace(target);
  return refused(404, "there is nothing at this path");
}

base::cell actor_view::value(const base::actor_row& row, std::string_view column,
                             base::wall_time now) const {
  auto number = [](auto value) { return base::cell{static_cast<double>(value)}; };
  if (column == "actor")
    return node_ + '/' + row.name.path();
  if (column == "node")
    return node_;
  if (column == "kind")
    return row.name.kind;
  if (column == "key")
    return row.name.key;
  if (column == "parent")
    return row.name.parent.empty() ? std::string{} : node_ + '/' + row.name.parent;
  if (column == "state") {
    if (row.busy_since)
      return fmt::format("busy: in {} for {:.3g} s", message(row.message),
                         seconds(now - *row.busy_since));
    if (row.parked)
      return std::string{"parked"};
    return std::string{row.suspended ? "suspended" : row.counts ? "idle" : "runs"};
  }
  if (column == "message")
    return row.message == 0 ? std::string{} : message(row.message);
  if (column == "busy_s")
    return number(row.busy_since ? rounded(seconds(now - *row.busy_since)) : 0);
  if (column == "now")
    return row.doing;
  if (column == "since_s")
    return number(rounded(seconds(now - row.doing_since)));
  if (column == "mailbox")
    return number(row.waiting);
  if (column == "received")
    return number(row.received);
  if (column == "handled")
    return number(row.handled);
  if (column == "rate")
    return number(
      rounded(static_cast<double>(row.handled) / std::max(seconds(now - row.started_at), 0.1)));
  if (column == "restarts")
    return number(row.restarts);
  if (column == "age_s")
    return number(rounded(seconds(now - row.started_at)));
  if (column == "last_failure")
    return row.last_failure;
  return {};
}

node_inspected actor_view::actors(const std::string& target) {
  selection wanted;
  auto where = base::row_filter::parse(query_parameter(target, "where").value_or(""));
  if (!where)
    return refused(400, to_string(where.error()));
  for (const auto& column : where->columns())
    if (std::find(columns.begin(), columns.end(), column) == columns.end())
      return refused(400, "--where: there is no column '" + column + "'");
  wanted.filter = std::move(*where);
  wanted.path = query_parameter(target, "path").value_or("");
  wanted.limit = limit_of(target);
  wanted.sort = query_parameter(target, "sort").value_or("actor");
  if (wanted.falling = wanted.sort.starts_with('-'); wanted.falling)
    wanted.sort.erase(0, 1);
  if (auto over = query_parameter(target, "over"))
    wanted.over = base::parse_seconds(*over).value_or(stuck_default);

  base::directory_filter filter;
  auto slash = wanted.path.find('/');
  filter.kind = wanted.path.substr(0, slash);
  if (slash != std::string::npos)
    filter.key = wanted.path.substr(slash + 1);
  auto now = directory_->now();
  // Of many thousands a few are shown: only those are kept, the last of them in front.
  struct kept_row {
    base::cell key;
    base::actor_row row;
  };
  auto earlier = [&](const kept_row& left, const kept_row& right) {
    return wanted.falling ? base::less(right.key, left.key) : base::less(left.key, right.key);
  };
  std::vector<kept_row> kept;
  kept_row next;
  size_t found = 0;
  directory_->visit(filter, [&](const base::actor_row& row) {
    if (!wanted.stuck(row, now)
        || !wanted.filter.takes([&](std::string_view column) { return value(row, column, now); }))
      return;
    ++found;
    next.key = value(row, wanted.sort, now);
    if (kept.size() >= wanted.limit) {
      if (kept.empty() || !earlier(next, kept.front()))
        return;
      std::pop_heap(kept.begin(), kept.end(), earlier);
      kept.pop_back();
    }
    kept.push_back({next.key, row});
    std::push_heap(kept.begin(), kept.end(), earlier);
  });
  std::sort_heap(kept.begin(), kept.end(), earlier);
  rows_document out{found};
  for (const auto& [key, row] : kept) {
    out.json.StartObject();
    for (auto column : columns)
      out.pair(column, value(row, column, now));
    out.json.EndObject();
  }
  return out.end();
}

node_inspected actor_view::findings() const {
  auto now = directory_->now();
  rows_document out{0};
  auto add = [&](const char* level, const base::actor_name& name, const std::string& text,
                 base::wall_time since, const char* command) {
    auto actor = node_ + '/' + name.path();
    out.json.StartObject();
    out.pair("level", std::string{level});
    out.pair("what", actor);
    out.pair("text", text);
    out.pair("since", iso(since));
    out.pair("next", fmt::format("{} {}", command, actor));
    out.json.EndObject();
  };
  directory_->visit({}, [&](const base::actor_row& row) {
    auto busy = row.busy_since ? seconds(now - *row.busy_since) : 0;
    if (busy >= stuck_default)
      add("CRIT", row.name,
          fmt::format("in {} for {:.0f} s, mailbox {}{}", message(row.message), busy, row.waiting,
                      row.doing.empty() ? "" : ": " + row.doing),
          *row.busy_since, "why");
    else if (row.waiting >= mailbox_alarm)
      add("WARN", row.name,
          fmt::format("mailbox {}, {} handled of {}", row.waiting, row.handled, row.received),
          row.started_at, "why");
    if (row.name.kind == "grant" && row.doing.starts_with("throttled"))
      add("WARN", row.name, row.doing, row.doing_since, "actor");
    if (row.parked)
      add("CRIT", row.name, "parked: it failed too often. " + row.last_failure, row.started_at,
          "restart");
    if (row.suspended)
      add("WARN", row.name, fmt::format("suspended, mailbox {}", row.waiting), row.doing_since,
          "wake");
    if (row.restarts >= restarts_alarm && now - row.started_at < 10min)
      add("WARN", row.name, fmt::format("restarted {} times: {}", row.restarts, row.last_failure),
          row.started_at, "crashes --group reason #");
  });
  return out.end();
}

node_inspected actor_view::failures(const std::string& target) const {
  auto path = query_parameter(target, "path").value_or("");
  auto all = directory_->failures();
  auto limit = limit_of(target);
  rows_document out{all.size()};
  for (auto each = all.rbegin(); each != all.rend() && limit > 0; ++each) {
    if (!path.empty() && each->name.path() != path && each->name.kind != path)
      continue;
    out.json.StartObject();
    out.pair("at", iso(each->at));
    out.pair("actor", node_ + '/' + each->name.path());
    out.pair("reason", each->reason);
    out.pair("doing", each->doing);
    out.pair("restart", static_cast<double>(each->restart_no));
    out.json.EndObject();
    --limit;
  }
  return out.end();
}

node_inspected actor_view::trace(const std::string& target) {
  auto id = query_parameter(target, "session").value_or("");
  auto now = base::monotonic_now();
  auto lock = std::scoped_lock{mutex_};
  std::erase_if(sessions_,
                [&](const auto& each) { return now - each.second.asked > session_patience; });
  auto found = sessions_.find(id);
  if (found == sessions_.end()) {
    if (id.empty() || sessions_.size() >= sessions_max)
      return refused(429, "too many traces are being followed");
    base::trace_filter filter{query_parameter(target, "kind").value_or(""),
                              query_parameter(target, "key").value_or(""),
                              query_parameter(target, "about").value_or("")};
    found = sessions_.emplace(id, session{directory_->tap().follow(std::move(filter)), now}).first;
  }
  found->second.asked = now;
  auto events = found->second.follower->take(limit_of(target));
  rows_document out{static_cast<size_t>(found->second.follower->dropped())};
  for (const auto& event : events) {
    out.json.StartObject();
    out.pair("at", iso(event.at));
    out.pair("actor", node_ + '/' + event.actor);
    out.pair("message", message(event.message));
    out.pair("from", event.from);
    out.pair("took_ms", static_cast<double>(event.took.count()) / 1000);
    out.pair("now", event.doing);
    out.json.EndObject();
  }
  return out.end();
}

} // namespace nova::http
