#include "base/clock.hpp"
#include "base/json_text.hpp"
#include "base/log_components.hpp"
#include "shell/session.hpp"
#include "shell/suggestion.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <ostream>
#include <thread>

namespace nova::shell {
namespace {

constexpr size_t bulk_max = 1000;
constexpr std::chrono::milliseconds drain_look{250};

std::string actor_kind_of_target(const std::string& action, const std::string& word) {
  if ((action == "drain" || action == "undrain" || action == "requeue")
      && !word.starts_with("node:"))
    return "node:" + word;
  return word;
}

/// What `set` calls a setting, as the table of live settings does, with its value.
tl::expected<std::pair<std::string, std::string>, std::string>
live_setting(const std::string& name, const std::string& value) {
  auto number = parse_seconds(value);
  if (name == "concurrency") {
    if (!number || *number < 1 || *number > 10'000)
      return tl::unexpected(std::string{"concurrency is a number from 1 to 10000"});
    return std::pair{std::string{"threads.window"}, fmt::format("{:.0f}", *number)};
  }
  if (name == "pace") {
    if (!number || *number > 3600)
      return tl::unexpected(
        std::string{"pace is the pause between two calls for one grant, such as 200ms"});
    return std::pair{std::string{"pace.pause"}, fmt::format("{:.0f}", *number * 1000)};
  }
  constexpr std::array<std::string_view, 5> levels = {"debug", "info", "warn", "error", "off"};
  if (name.starts_with("log.level.") && name.size() > 10) {
    if (std::find(levels.begin(), levels.end(), value) == levels.end())
      return tl::unexpected(std::string{"a log level is debug, info, warn, error or off"});
    auto component = name.substr(10);
    if (!std::ranges::binary_search(base::log_components, component))
      return tl::unexpected(
        "no component is called '" + component + "'"
        + did_you_mean(component, {base::log_components.begin(), base::log_components.end()})
        + " (it stands in brackets in a log line)");
    return std::pair{name, value};
  }
  return tl::unexpected("'" + name + "' is not concurrency, pace or log.level.COMPONENT"
                        + did_you_mean(name, {"concurrency", "pace", "log.level."}));
}

std::string key_of(const std::string& name) {
  return name == "concurrency" ? "threads.window" : name == "pace" ? "pace.pause" : name;
}

} // namespace

std::string order_json(const line& typed, const std::string& action, const std::string& target,
                       const std::string& value) {
  auto lasting = parse_seconds(typed.option("for", "0")).value_or(0);
  return fmt::format(R"({{"action":{},"target":{},"value":{},"reason":{},"for_s":{:.0f})",
                     base::json_string(action), base::json_string(target), base::json_string(value),
                     base::json_string(typed.option("reason")), lasting);
}

exit_code session::change(const line& typed, const std::vector<std::string>& orders) {
  if (typed.has("for") && !parse_seconds(typed.option("for")))
    return fail(exit_code::usage, "--for is a time such as 15m");
  rows plan;
  for (const auto& order : orders) {
    auto planned = read_rows(asked.act(order + R"(,"dry_run":true})"));
    if (planned.result != exit_code::done)
      return fail(planned.result, planned.error);
    plan.append(std::move(planned));
  }
  bool dry = typed.has("dry-run");
  bool agreed = typed.has("yes") || options.yes;
  if (options.as == format::table)
    for (const auto& row : plan.document.GetArray())
      say(out, (dry ? "would: " : "will: ") + rows::text(row, "will"));
  if (dry) {
    if (options.as != format::table)
      return show(plan, typed, "action,target,will,outcome");
    return exit_code::done;
  }
  if (!agreed) {
    if (!options.ask)
      return fail(exit_code::usage, "this changes something: say --yes (or --dry-run)");
    auto answer = options.ask("Do it? [y/N] ");
    if (answer != "y" && answer != "Y" && answer != "yes")
      return fail(exit_code::failed, "not done");
  }
  rows done;
  for (const auto& order : orders)
    done.append(read_rows(asked.act(order + "}")));
  if (options.as != format::table)
    return show(done, line{{typed.words.front()}, typed.options}, "action,target,will,outcome");
  for (const auto& row : done.document.GetArray())
    say(out, rows::text(row, "target") + ": " + rows::text(row, "outcome"));
  return done.result == exit_code::done ? exit_code::done : fail(done.result, done.error);
}

exit_code run_act(session& in, const line& typed) {
  if (typed.words.size() < 2)
    return in.fail(exit_code::usage, fmt::format("{} takes: {}", typed.words.front(),
                                                 find_command(typed.words.front())->arguments));
  const auto& action = typed.words.front();
  std::vector<std::string> orders;
  for (size_t i = 1; i < typed.words.size(); ++i)
    orders.push_back(order_json(typed, action, actor_kind_of_target(action, typed.words[i])));
  return in.change(typed, orders);
}

namespace {

/// `, 12 threads`; nothing when it is none.
std::string counted(const std::string& count, const std::string& what) {
  return count == "0" ? "" : ", " + count + ' ' + what + (count == "1" ? "" : "s");
}

/// What these nodes still do, `n2: 12 threads, 1 lease`, of those that do something.
std::string still_running(const rows& nodes, const std::vector<std::string>& names) {
  std::string all;
  for (const auto& row : nodes.document.GetArray()) {
    auto name = rows::text(row, "node");
    if (std::find(names.begin(), names.end(), name) == names.end())
      continue;
    auto work =
      counted(rows::text(row, "claims"), "thread") + counted(rows::text(row, "leases"), "lease");
    if (!work.empty())
      all += (all.empty() ? "" : ", ") + name + ": " + work.substr(2);
  }
  return all;
}

} // namespace

exit_code run_drain(session& in, const line& typed) {
  auto limit = parse_seconds(typed.option("wait", "0"));
  if (!limit)
    return in.fail(exit_code::usage, "--wait is a time such as 5m");
  if (auto done = run_act(in, typed);
      done != exit_code::done || !typed.has("wait") || typed.has("dry-run"))
    return done;
  std::vector<std::string> names{typed.words.begin() + 1, typed.words.end()};
  auto end = base::monotonic_now() + std::chrono::duration<double>(*limit);
  std::string last;
  for (;;) {
    auto nodes = in.get("tables/nodes");
    if (nodes.result != exit_code::done && nodes.result != exit_code::partial)
      return in.fail(nodes.result, nodes.error);
    auto now = still_running(nodes, names);
    if (now.empty())
      break;
    if (now != last) {
      session::say(in.err, "waiting for " + now);
      in.err.flush(); // seen while it waits
    }
    last = now;
    if (base::monotonic_now() >= end)
      return in.fail(exit_code::timed_out, "still running after " + typed.option("wait") + ": "
                                             + now + "; see: claims, ps thread_sync");
    if (in.options.interrupted())
      return exit_code::failed;
    std::this_thread::sleep_for(drain_look);
  }
  in.err << "drained\n";
  return exit_code::done;
}

exit_code run_bulk(session& in, const line& typed) {
  if (!typed.has("where"))
    return run_act(in, typed);
  const auto& what = *find_command(typed.words.front());
  std::string action = what.name;
  auto found = in.get(std::string{what.target} + "?limit=10000");
  if (found.result != exit_code::done)
    return in.fail(found.result, found.error);
  auto chosen = typed;
  chosen.options["limit"] = typed.option("limit", std::to_string(bulk_max));
  auto all = found.document.Size();
  select(found, chosen);
  if (found.result != exit_code::done)
    return in.fail(found.result, found.error);
  if (found.empty())
    return in.fail(exit_code::nothing, fmt::format("nothing matched, of {}", all));
  std::vector<std::string> targets;
  for (const auto& row : found.document.GetArray()) {
    auto kind = rows::text(row, "kind");
    targets.push_back(action == "cancel"    ? "backfill:" + rows::text(row, "config")
                      : action == "requeue" ? "node:" + rows::text(row, "node")
                      : kind == "thread"
                        ? "thread:" + rows::text(row, "config") + ":" + rows::text(row, "id")
                        : kind + ":" + rows::text(row, "id"));
  }
  std::sort(targets.begin(), targets.end());
  targets.erase(std::unique(targets.begin(), targets.end()), targets.end());
  in.err << fmt::format("{} {} of {}\n", typed.has("dry-run") ? "would " + action : action,
                        targets.size(), all);
  std::vector<std::string> orders;
  orders.reserve(targets.size());
  for (const auto& target : targets)
    orders.push_back(order_json(typed, action, target));
  return in.change(typed, orders);
}

exit_code run_set(session& in, const line& typed) {
  if (typed.words.size() == 1) {
    line settings{{"settings"}, typed.options};
    return look(in, settings);
  }
  std::vector<std::string> orders;
  for (size_t i = 1; i < typed.words.size(); ++i) {
    const auto& word = typed.words[i];
    if (typed.words.front() == "unset") {
      orders.push_back(order_json(typed, "unset", key_of(word)));
      continue;
    }
    auto equals = word.find('=');
    if (equals == std::string::npos)
      return in.fail(exit_code::usage, "set takes KEY=VALUE");
    auto setting = live_setting(word.substr(0, equals), word.substr(equals + 1));
    if (!setting)
      return in.fail(exit_code::usage, setting.error());
    orders.push_back(order_json(typed, "set", setting->first, setting->second));
  }
  return in.change(typed, orders);
}

exit_code run_log(session& in, const line& typed) {
  if (typed.words.size() != 3 || typed.words[1] != "level")
    return in.fail(exit_code::usage, "log takes: level COMPONENT=LEVEL [--for 10m]");
  return run_set(in, line{{"set", "log.level." + typed.words[2]}, typed.options});
}

exit_code run_help(session& in, const line& typed) {
  const auto* one = typed.words.size() > 1 ? find_command(typed.words[1]) : nullptr;
  if (typed.words.size() > 1 && one == nullptr)
    return in.fail(exit_code::nothing, "there is no command '" + typed.words[1] + "'"
                                         + did_you_mean(typed.words[1], command_names()));
  if (in.options.as != format::table) {
    rows all;
    for (const auto& each : commands())
      if (one == nullptr || one == &each)
        all.add({{"command", each.name},
                 {"group", each.group},
                 {"arguments", each.arguments},
                 {"help", each.help},
                 {"example", each.example}});
    return in.show(all, typed, "command,arguments,help");
  }
  if (one != nullptr) {
    in.out << fmt::format("{} {}\n  {}.\n  Example: {}\n", one->name, one->arguments, one->help,
                          one->example);
    return exit_code::done;
  }
  std::string group;
  for (const auto& each : commands()) {
    if (group != each.group)
      in.out << (group = each.group) << '\n';
    in.out << fmt::format("  {:<13} {}\n", each.name, each.help);
  }
  in.out << "Every command: -o table|json|jsonl|tsv, --columns A,B, --where 'mailbox>100 and "
            "kind=thread_sync', --sort [-]COLUMN,\n--limit N, --watch 1s. What changes something: "
            "--dry-run, --yes, --reason TEXT, --for 15m. `help CMD` has an example.\n";
  return exit_code::done;
}

exit_code run_quit(session& in, const line&) {
  in.finish();
  return exit_code::done;
}

} // namespace nova::shell
