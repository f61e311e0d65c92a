#include "shell/concern.hpp"
#include "shell/diagnosis.hpp"
#include "shell/node_rows.hpp"
#include "shell/session.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <map>
#include <ostream>
#include <thread>

namespace nova::shell {
namespace {

// What is fetched where the choice is made here, not by the node.
constexpr int rows_to_choose_from = 10'000;
constexpr int limit_default = 100;
constexpr size_t children_shown = 10;

std::string limit_of(const line& typed, int otherwise = limit_default) {
  return typed.option("limit", std::to_string(otherwise));
}

std::string actor_target(session& in, const std::string& name) {
  auto [node, path] = path_of(in, name);
  return "actors?path=" + encode(path) + "&node=" + encode(node) + "&limit=10";
}

bool bad_seconds(session& in, const line& typed, const char* option) {
  if (!typed.has(option))
    return false;
  auto parsed = parse_seconds(typed.option(option));
  if (!parsed)
    in.fail(exit_code::usage, fmt::format("--{}: {}", option, parsed.error().reason));
  return !parsed;
}

/// The rows of the actors that a line asks for, chosen by the nodes.
rows actors_for(session& in, const line& typed, const std::string& sort, int limit) {
  auto target = "actors?limit=" + encode(limit_of(typed, limit))
                + "&sort=" + encode(typed.option("sort", sort));
  if (typed.has("node"))
    target += "&node=" + encode(typed.option("node"));
  auto where = typed.option("where");
  auto name = typed.words.size() > 1 ? typed.words[1] : std::string{};
  if (name.find('*') != std::string::npos) {
    auto like =
      fmt::format("(kind~{0} or actor~{0} or actor~{1})", quoted(name), quoted("*/" + name));
    where = where.empty() ? like : like + " and (" + where + ")";
  } else if (!name.empty()) {
    auto [node, path] = path_of(in, name);
    target += "&path=" + encode(path);
    if (!node.empty() && !typed.has("node"))
      target += "&node=" + encode(node);
  }
  if (!where.empty())
    target += "&where=" + encode(where);
  if (typed.words.front() == "stuck")
    target += "&over=" + encode(typed.option("over", "10s"));
  return in.get(target);
}

/// What a command asks the tables for.
std::string table_target(const command& what, const line& typed, const std::string& argument) {
  bool choose = typed.has("where") || typed.has("sort"); // it is chosen here
  return fmt::format("{}?arg={}&limit={}", what.target, encode(argument),
                     choose ? std::to_string(rows_to_choose_from) : limit_of(typed));
}

/// Shows what a line wants of the rows that were found.
exit_code show_chosen(session& in, rows found, const line& typed) {
  if (found.result == exit_code::done || found.result == exit_code::partial)
    select(found, typed);
  return in.show(found, typed, find_command(typed.words.front())->columns);
}

/// Its name, also where it is in no cluster.
std::string asked_node(session& in) {
  auto who = in.get("whoami");
  return who.empty() ? std::string{} : rows::text(who.document[0], "node");
}

} // namespace

actor_path path_of(session& in, const std::string& name) {
  auto slash = name.find('/');
  if (slash == std::string::npos)
    return {"", name};
  auto first = name.substr(0, slash);
  auto nodes = in.get("tables/nodes?limit=1&arg=" + encode(first));
  // Without the database it is what `ps` prints.
  if (nodes.result == exit_code::done && nodes.empty() && asked_node(in) != first)
    return {"", name};
  return {first, name.substr(slash + 1)};
}

exit_code look(session& in, const line& typed) {
  const auto& what = *find_command(typed.words.front());
  if (typed.words.size() > 2)
    return in.fail(exit_code::usage, fmt::format("{} takes: {}", what.name, what.arguments));
  if (bad_seconds(in, typed, "since"))
    return exit_code::usage;
  auto argument = typed.words.size() > 1 ? typed.words[1] : std::string{};
  if (typed.has("since"))
    argument = fmt::format("{:.3f}", parse_seconds(typed.option("since")).value());
  return show_chosen(in, in.get(table_target(what, typed, argument)), typed);
}

exit_code run_nodes(session& in, const line& typed) {
  auto target = table_target(*find_command("nodes"), typed,
                             typed.words.size() > 1 ? typed.words[1] : std::string{});
  return show_chosen(in, ask_nodes(in.asked, target), typed);
}

exit_code run_node(session& in, const line& typed) {
  if (typed.words.size() != 2)
    return in.fail(exit_code::usage, "node takes a name: NODE");
  const auto& name = typed.words[1];
  auto found = ask_nodes(in.asked, "tables/nodes?limit=1&arg=" + encode(name));
  if (found.result != exit_code::done)
    return in.fail(found.result, found.error);
  if (found.empty())
    return in.fail(exit_code::nothing, "no node is called '" + name + "'");
  if (in.options.as != format::table)
    return in.show(found, typed, "");
  const auto& row = found.document[0];
  auto text = [&](const char* column) { return rows::text(row, column); };
  auto put = [&](const char* what, const std::string& said) {
    if (!said.empty())
      session::say(in.out, fmt::format("{:<9}{}", what, said));
  };
  auto since = [&](const char* column) { return duration_text(rows::number(row, column)); };
  put("node", text("id").empty() ? text("node") : text("node") + ", incarnation " + text("id"));
  put("state", text("state") + (text("reason").empty() ? "" : ", " + text("reason")));
  put("version", text("version"));
  put("address", text("address"));
  put("roles", text("roles"));
  if (row.HasMember("up_s"))
    put("life", "up for " + since("up_s")
                  + (text("lease_s").empty() ? "" : ", its lease holds for " + since("lease_s")));
  if (row.HasMember("claims"))
    put("work", fmt::format("{} threads claimed, {} leases", text("claims"), text("leases")));
  if (row.HasMember("cpu")) {
    put("cpu", fmt::format("{} % of a processor now, {} in all", text("cpu"), since("cpu_s")));
    put("memory", text("rss_mb") + " MiB");
    put("threads", text("threads"));
    put("files", fmt::format("{} of {} open", text("fds"), text("fds_max")));
    put("zone", text("zone"));
  }
  auto links = in.get("tables/links?limit=100&arg=" + encode(name));
  for (const auto& each : links.document.GetArray())
    if (rows::text(each, "node") == name)
      put("link", fmt::format("{} to {}{}", rows::text(each, "state"), rows::text(each, "peer"),
                              rows::text(each, "why").empty()
                                ? ", round trip " + rows::text(each, "rtt_ms") + " ms"
                                : ": " + rows::text(each, "why")));
  return exit_code::done;
}

exit_code run_ps(session& in, const line& typed) {
  const auto& what = *find_command(typed.words.front());
  if (bad_seconds(in, typed, "over"))
    return exit_code::usage;
  bool stuck = typed.words.front() == "stuck";
  auto sort = stuck ? "-busy_s" : "actor";
  auto found = actors_for(in, typed, sort, limit_default);
  auto local = typed;
  local.options["limit"] = limit_of(typed);
  if (found.result == exit_code::done || found.result == exit_code::partial)
    select(found, local, sort); // the nodes' rows are in order, their sum is not
  return in.show(found, typed, what.columns);
}

exit_code run_top(session& in, const line& typed) {
  auto window = parse_seconds(typed.option("window", "1s"));
  if (!window || *window < 0.05 || *window > 60)
    return in.fail(exit_code::usage, "--window is a time from 0.05s to 60s");
  constexpr int sampled = 100'000;
  auto first = actors_for(in, typed, "-handled", sampled);
  if (first.result != exit_code::done && first.result != exit_code::partial)
    return in.fail(first.result, first.error);
  std::map<std::string, std::pair<double, double>> before;
  for (const auto& row : first.document.GetArray())
    before[rows::text(row, "actor")] = {rows::number(row, "received"),
                                        rows::number(row, "handled")};
  std::this_thread::sleep_for(std::chrono::duration<double>(*window)); // the window itself
  auto second = actors_for(in, typed, "-handled", sampled);
  auto& memory = second.document.GetAllocator();
  for (auto& row : second.document.GetArray()) {
    auto found = before.find(rows::text(row, "actor"));
    auto rate = [&](double now, double then) {
      return std::max(0.0, std::round((now - then) / *window * 10) / 10);
    };
    auto then = found == before.end() ? std::pair{0.0, 0.0} : found->second;
    row.AddMember("in_rate", rate(rows::number(row, "received"), then.first), memory);
    row.AddMember("out_rate", rate(rows::number(row, "handled"), then.second), memory);
  }
  auto by = typed.option("by", "rate");
  auto local = typed;
  local.options["sort"] = "-"
                          + (by == "rate"   ? std::string{"in_rate"}
                             : by == "busy" ? "busy_s"
                                            : by);
  local.options["limit"] = limit_of(typed, 20);
  local.options.erase("where");
  select(second, local);
  return in.show(second, typed, find_command("top")->columns);
}

namespace {

/// Prints an actor and what is below it, the first few children of each kind.
class tree_printer {
public:
  tree_printer(std::ostream& out, const rows& all) : out_(out) {
    for (const auto& row : all.document.GetArray())
      below_[rows::text(row, "parent")].push_back(&row);
  }

  void print(const std::string& parent, const std::string& indent) {
    auto found = below_.find(parent);
    if (found == below_.end() || indent.size() > 64)
      return;
    std::map<std::string, size_t> of_kind;
    for (const auto* row : found->second) {
      auto kind = rows::text(*row, "kind");
      if (++of_kind[kind] > children_shown)
        continue;
      auto name = rows::text(*row, "actor");
      auto now = rows::text(*row, "now");
      // Who was not restarted lately has all its restarts still.
      auto budget = rows::text(*row, "budget");
      bool used = !budget.empty() && !budget.starts_with("restarts 0 of");
      session::say(out_, fmt::format("{}{}  {}{}{}", indent,
                                     parent.empty() ? name : name.substr(name.find('/') + 1),
                                     rows::text(*row, "state"), now.empty() ? "" : "  " + now,
                                     used ? "  (" + budget + ")" : ""));
      if (name != parent)
        print(name, indent + "  ");
    }
    for (const auto& [kind, count] : of_kind)
      if (count > children_shown)
        session::say(out_, fmt::format("{}… {} more {}", indent, count - children_shown, kind));
  }

private:
  std::ostream& out_;
  std::map<std::string, std::vector<const rapidjson::Value*>> below_;
};

} // namespace

exit_code run_tree(session& in, const line& typed) {
  constexpr int tree_max = 20'000;
  auto asked = typed;
  if (typed.words.size() > 1) {
    asked.options["node"] = typed.words[1];
    asked.words.resize(1);
  }
  auto found = actors_for(in, asked, "actor", tree_max);
  if (in.options.as != format::table
      || (found.result != exit_code::done && found.result != exit_code::partial))
    return in.show(found, typed, "actor,parent,kind,state,now,budget");
  tree_printer{in.out, found}.print("", "");
  in.say_silent(found.silent);
  return found.silent.empty() ? exit_code::done : exit_code::partial;
}

exit_code run_crashes(session& in, const line& typed) {
  bool groups = typed.has("group");
  if (groups && typed.option("group") != "reason")
    return in.fail(exit_code::usage, "--group takes: reason");
  if (bad_seconds(in, typed, "since"))
    return exit_code::usage;
  auto seconds = typed.has("since")
                   ? fmt::format("{:.3f}", parse_seconds(typed.option("since")).value())
                   : std::string{};
  auto found = in.get(fmt::format("tables/{}?arg={}&limit={}", groups ? "crash-groups" : "crashes",
                                  seconds, typed.has("where") ? "10000" : limit_of(typed)));
  if (found.result == exit_code::done)
    select(found, typed);
  return in.show(found, typed,
                 groups ? "count,nodes,actors,message,doing,reason,first,last,fingerprint"
                        : "at,node,actor,message,doing,reason,restart,fingerprint");
}

namespace {

/// What is in their mailboxes, and who hears of their ends.
void add_details(session& in, rows& actors, const std::string& name) {
  auto [node, path] = path_of(in, name);
  auto details = in.get("details?limit=10&path=" + encode(path) + "&node=" + encode(node));
  auto& memory = actors.document.GetAllocator();
  for (auto& row : actors.document.GetArray())
    for (const auto& one : details.document.GetArray())
      if (rows::text(one, "actor") == rows::text(row, "actor"))
        for (const char* column : {"messages", "linked", "watched", "watches"})
          row.AddMember(rapidjson::StringRef(column),
                        rapidjson::Value{rows::text(one, column).c_str(), memory}, memory);
}

} // namespace

exit_code run_actor(session& in, const line& typed) {
  if (typed.words.size() != 2)
    return in.fail(exit_code::usage, "actor takes a name: NODE/KIND/KEY");
  auto found = in.get(actor_target(in, typed.words[1]));
  if (found.result == exit_code::done && found.empty())
    return in.fail(exit_code::nothing, "no actor is called '" + typed.words[1] + "'");
  add_details(in, found, typed.words[1]);
  if (in.options.as != format::table || found.empty())
    return in.show(found, typed, "");
  for (const auto& row : found.document.GetArray()) {
    auto put = [&](const char* name, const std::string& text) {
      if (!text.empty())
        session::say(in.out, fmt::format("{:<9}{}", name, text));
    };
    auto seconds = [&](const char* column) { return duration_text(rows::number(row, column)); };
    put("actor", rows::text(row, "actor"));
    put("parent", rows::text(row, "parent"));
    put("state", rows::text(row, "state"));
    put("now", rows::text(row, "now").empty()
                 ? ""
                 : rows::text(row, "now") + ", for " + seconds("since_s"));
    auto waiting = rows::number(row, "oldest_s");
    put("mailbox", fmt::format("{} waiting{}, last message {}", rows::text(row, "mailbox"),
                               waiting > 0 ? ", the oldest for " + duration_text(waiting) : "",
                               rows::text(row, "message")));
    put("in it", rows::text(row, "messages"));
    if (rows::number(row, "awaits") > 0)
      put("awaits", fmt::format("{} answers, the oldest to {}, for {}", rows::text(row, "awaits"),
                                rows::text(row, "awaited"), seconds("awaits_s")));
    put("linked", rows::text(row, "linked"));
    put("watched", rows::text(row, "watched").empty() ? "" : "by " + rows::text(row, "watched"));
    put("watches", rows::text(row, "watches"));
    put("handled", fmt::format("{} of {}, {} a second since it began", rows::text(row, "handled"),
                               rows::text(row, "received"), rows::text(row, "rate")));
    put("life", fmt::format("began {} ago, restarted {} times", seconds("age_s"),
                            rows::text(row, "restarts")));
    put("budget", rows::text(row, "budget"));
    put("last", rows::text(row, "last_failure"));
    auto [node, path] = path_of(in, rows::text(row, "actor"));
    auto failures = in.get("failures?path=" + encode(path) + "&node=" + encode(node) + "&limit=5");
    for (const auto& each : failures.document.GetArray())
      put("failure",
          fmt::format("{} {}; at {}: {}", rows::text(each, "at"), rows::text(each, "reason"),
                      rows::text(each, "message"), rows::text(each, "doing")));
  }
  return exit_code::done;
}

exit_code run_why(session& in, const line& typed) {
  bool by_header = typed.has("rfc822");
  if (typed.words.size() < 2 && !by_header)
    return in.fail(exit_code::usage,
                   "why takes NODE/KIND/KEY, or MESSAGE_ID [INBOX], or --rfc822 ID [INBOX]");
  if (typed.words.size() > 1 && typed.words[1] == "message")
    return why_message(in, typed, 2);
  if (typed.words.size() > 2 || by_header)
    return why_message(in, typed, 1);
  auto found = in.get(actor_target(in, typed.words[1]));
  bool answered = found.result == exit_code::done || found.result == exit_code::partial;
  // Without a slash it is a message's id, unless an actor is called so; --pg knows no actors.
  bool path = typed.words[1].find('/') != std::string::npos;
  if (!path && (!answered || found.empty()))
    return why_message(in, typed, 1);
  if (!answered)
    return in.fail(found.result, found.error);
  if (found.empty())
    return in.fail(exit_code::nothing,
                   "no actor is called '" + typed.words[1] + "' (of a message: `why message ID`)");
  const auto& row = found.document[0];
  auto actor = rows::text(row, "actor");
  auto state = rows::text(row, "state");
  auto waiting = rows::number(row, "mailbox");
  rows reasons;
  auto say = [&](const std::string& fact, const std::string& text, const std::string& next) {
    reasons.add({{"fact", fact}, {"text", text}, {"next", next}});
  };
  if (state == "parked")
    say("parked", rows::text(row, "now") + ", for " + duration_text(rows::number(row, "since_s")),
        "restart " + actor);
  else if (state == "suspended")
    say("suspended", fmt::format("an operator suspended it; {} messages wait", waiting),
        "wake " + actor);
  else if (rows::number(row, "busy_s") > 0)
    say("busy",
        fmt::format("it has been handling {} for {}: {}", rows::text(row, "message"),
                    duration_text(rows::number(row, "busy_s")), rows::text(row, "now")),
        "trace " + actor);
  else if (waiting > 0)
    say("behind",
        fmt::format("{} messages wait, it handles {} a second", waiting, rows::text(row, "rate")),
        "trace " + actor);
  else if (rows::number(row, "awaits") > 0)
    say("waits",
        fmt::format("it waits for {} answers, the oldest to {}, for {}{}",
                    rows::text(row, "awaits"), rows::text(row, "awaited"),
                    duration_text(rows::number(row, "awaits_s")),
                    rows::text(row, "now").empty() ? "" : ": " + rows::text(row, "now")),
        "actor " + actor);
  else
    say("idle",
        "nothing waits for it"
          + (rows::text(row, "now").empty() ? std::string{}
                                            : "; it says: " + rows::text(row, "now") + ", for "
                                                + duration_text(rows::number(row, "since_s"))),
        "actor " + actor);
  if (rows::number(row, "restarts") > 0)
    say("restarts",
        fmt::format("restarted {} times, last: {}", rows::text(row, "restarts"),
                    rows::text(row, "last_failure")),
        "crashes --group reason");
  auto wrong = diagnose(in.asked);
  for (const auto& one : wrong.found)
    if (concerns(one, row))
      say("finding", one.what + ": " + one.text, one.next);
  if (rows::number(row, "restarts") > 0 && !rows::text(row, "budget").empty())
    say("budget", rows::text(row, "budget"), "actor " + actor);
  auto parent = rows::text(row, "parent");
  if (!parent.empty())
    say("parent", "its supervisor is " + parent, "why " + parent);
  reasons.silent = std::move(found.silent);
  return in.show(reasons, line{{"why"}, typed.options}, "fact,text,next");
}

} // namespace nova::shell
