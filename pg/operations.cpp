#include "pg/operations.hpp"

#include "base/json_text.hpp"
#include "base/log_components.hpp"
#include "base/uuid.hpp"
#include "pg/cluster/clear_live_setting.hpp"
#include "pg/cluster/drain_node.hpp"
#include "pg/cluster/list_holdings.hpp"
#include "pg/cluster/list_nodes.hpp"
#include "pg/cluster/set_live_setting.hpp"
#include "pg/cluster/undrain_node.hpp"
#include "pg/email/list_backfills.hpp"
#include "pg/email/move_backfill.hpp"
#include "pg/email/release_threads.hpp"
#include "pg/email/resume_backfill.hpp"
#include "pg/email/retry_failed_threads.hpp"
#include "pg/email/retry_notifications.hpp"
#include "pg/explanation.hpp"
#include "pg/findings.hpp"
#include "pg/job_explanation.hpp"
#include "pg/message_view.hpp"
#include "pg/queue/queue_exists.hpp"
#include "pg/queue/queue_send_again.hpp"
#include "schema/queries.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <functional>
#include <map>
#include <stdexcept>

namespace nova::pg {
namespace {

const std::map<std::string, const sql::statement*, std::less<>>& views() {
  static const std::map<std::string, const sql::statement*, std::less<>> all = {
    {"nodes", &sql::inspect_nodes},
    {"queues", &sql::inspect_queues},
    {"leases", &sql::inspect_leases},
    {"links", &sql::inspect_links},
    {"claims", &sql::inspect_claims},
    {"grants", &sql::inspect_grants},
    {"progress", &sql::inspect_progress},
    {"events", &sql::inspect_events},
    {"dead-letters", &sql::inspect_dead_letters},
    {"crashes", &sql::inspect_crashes},
    {"crash-groups", &sql::inspect_crash_groups},
    {"versions", &sql::inspect_versions},
    {"settings", &sql::inspect_settings},
    {"audit", &sql::inspect_audit},
    {"jobs", &sql::inspect_jobs},
    {"handlers", &sql::inspect_handlers},
    {"keys", &sql::inspect_keys},
    {"schedules", &sql::inspect_schedules},
    {"alerts", &sql::inspect_alerts},
    {"syncs", &sql::inspect_syncs},
  };
  return all;
}

struct target {
  std::string kind, name;
};

target split(const std::string& text) {
  auto colon = text.find(':');
  return colon == std::string::npos ? target{text, ""}
                                    : target{text.substr(0, colon), text.substr(colon + 1)};
}

[[noreturn]] void refuse(const operation& what, std::string_view accepted) {
  throw std::invalid_argument(
    fmt::format("cannot {} '{}': {}", what.action, what.target, accepted));
}

std::string lasting(const operation& what) {
  return what.lasting.count() == 0 ? std::string{}
                                   : fmt::format(" for {} s, then as before", what.lasting.count());
}

/// `2 leases (a, b)`, the first few by name.
std::string leases_text(const std::vector<std::string>& leases) {
  constexpr size_t shown = 5;
  auto some =
    std::vector<std::string>{leases.begin(), leases.begin() + std::min(shown, leases.size())};
  auto text = fmt::format("{} leases", leases.size());
  return some.empty() ? text
                      : fmt::format("{} ({}{})", text, fmt::join(some, ", "),
                                    leases.size() > shown ? ", …" : "");
}

std::string pause_key(const operation& what) {
  auto [kind, name] = split(what.target);
  if (kind == "queue" && !name.empty())
    return "paused.queue." + name;
  if (kind == "threads" && name.empty())
    return "paused.threads";
  return {};
}

/// Of `log.level.COMPONENT`; else empty.
std::string_view component_of(std::string_view key) {
  constexpr std::string_view prefix = "log.level.";
  return key.starts_with(prefix) ? key.substr(prefix.size()) : std::string_view{};
}

std::string plan_setting(const operation& what) {
  if (what.target.empty() || what.target.starts_with("paused."))
    refuse(what, "a key of live settings is needed");
  if (auto component = component_of(what.target);
      what.action == "set" && !component.empty()
      && !std::ranges::binary_search(base::log_components, component))
    refuse(what, fmt::format("no component is called '{}'; it stands in brackets in a log line",
                             component));
  return what.action == "set"
           ? fmt::format("set {} to '{}' on every node{}", what.target, what.value, lasting(what))
           : fmt::format("set {} back to what each node was started with", what.target);
}

std::string plan_pause(const operation& what) {
  if (!pause_key(what).empty())
    return what.action == "pause"
             ? fmt::format("no node takes new work of {}{}", what.target, lasting(what))
             : fmt::format("{} is worked on again", what.target);
  if (split(what.target).kind != "backfill")
    refuse(what, "the target is queue:NAME, threads or backfill:ID");
  if (what.lasting.count() != 0)
    refuse(what, "--for takes a queue or threads; resume a backfill when it is time");
  return fmt::format("{} the {}", what.action, what.target);
}

std::string operate_setting(connection& conn, const operation& what, const std::string& who,
                            const std::string& key) {
  if (what.action == "resume" || what.action == "unset") {
    if (!clear_live_setting{key}.run(conn))
      throw std::invalid_argument(
        fmt::format("'{}' is not {}", what.target, what.action == "resume" ? "paused" : "set"));
    return "done";
  }
  if (key.starts_with("paused.queue.") && !queue_exists{key.substr(13)}.run(conn))
    throw std::invalid_argument(fmt::format("there is no queue '{}'", key.substr(13)));
  auto value = what.action == "pause" ? std::string{"true"} : base::json_string(what.value);
  set_live_setting{key, value, who, what.reason, what.lasting}.run(conn);
  return "done";
}

/// A drain is a mark on the row of the incarnation, not its state, which only leaving ends.
std::string operate_node(connection& conn, const operation& what, const std::string& who) {
  auto name = split(what.target).name;
  if (what.action == "drain") {
    if (!drain_node{name, who, what.reason, what.lasting}.run(conn))
      throw std::invalid_argument("no living node is called '" + name + "'");
  } else if (!undrain_node{name}.run(conn)) {
    throw std::invalid_argument("no living node called '" + name + "' is drained");
  }
  return "done";
}

config_id known_backfill(connection& conn, const std::string& name) {
  config_id config{name};
  if (!base::is_uuid(name) || list_backfills{config}.run(conn).empty())
    throw std::invalid_argument("no backfill has the id '" + name + "' (see: progress)");
  return config;
}

std::string operate_backfill(connection& conn, const operation& what, const std::string& who) {
  auto config = known_backfill(conn, split(what.target).name);
  auto why = what.reason.empty() ? "by an operator" : what.reason;
  if (what.action == "resume")
    return resume_backfill{config, who, why}.run(conn);
  if (what.action == "retry") {
    auto count = retry_failed_threads{config, {}, who}.run(conn);
    auto found = list_backfills{config}.run(conn);
    if (count == 0 && !found.empty() && found.front().status == "failed")
      return resume_backfill{config, who, why}.run(conn);
    return fmt::format("{} threads queued again", count);
  }
  move_backfill{config, what.action == "pause" ? "paused" : "cancelled", who, why}.run(conn);
  return "done";
}

/// QUEUE:ID of a message that was given up.
std::string send_again(connection& conn, const std::string& name) {
  auto [queue, text] = split(name);
  int64_t id = 0;
  auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), id);
  bool known =
    failed == std::errc{} && end == text.data() + text.size() && queue_exists{queue}.run(conn);
  if (!known || queue_send_again{queue, {id}}.run(conn) == 0)
    throw std::invalid_argument("no message that was given up is '" + name + "'");
  return "queued again";
}

std::string retry_one(connection& conn, const operation& what, const std::string& who) {
  auto [kind, name] = split(what.target);
  if (kind == "message")
    return send_again(conn, name);
  if (kind == "notification") {
    if (retry_notifications{{notification_id{name}}}.run(conn).empty())
      throw std::invalid_argument("no failed notification has the id '" + name + "'");
    return "queued again";
  }
  auto parts = split(name); // CONFIG:THREAD
  auto config = known_backfill(conn, parts.kind);
  auto count = retry_failed_threads{config, {thread_id{parts.name}}, who}.run(conn);
  if (count == 0)
    throw std::invalid_argument("no failed thread is '" + name + "'");
  return "queued again";
}

/// Also of a node that has ended, as long as the list has it or threads name it.
std::string requeue(connection& conn, const std::string& name) {
  constexpr uint32_t listed_hours = 24;
  auto count = release_threads{name}.run(conn);
  auto nodes = list_nodes{listed_hours}.run(conn);
  if (count == 0 && std::ranges::find(nodes, name, &node_row::name) == nodes.end())
    throw std::invalid_argument("no node is called '" + name
                                + "', and no thread is claimed by one of that name");
  return fmt::format("{} threads queued again", count);
}

std::string carry_out(connection& conn, const operation& what, const std::string& who) {
  static_cast<void>(plan(what));
  auto [kind, name] = split(what.target);
  if (what.action == "set" || what.action == "unset")
    return operate_setting(conn, what, who, what.target);
  if (auto key = pause_key(what); !key.empty())
    return operate_setting(conn, what, who, key);
  if (kind == "backfill")
    return operate_backfill(conn, what, who);
  if (what.action == "retry")
    return retry_one(conn, what, who);
  if (what.action == "requeue")
    return requeue(conn, name);
  return operate_node(conn, what, who);
}

} // namespace

std::string look(connection& conn, std::string_view view, std::string_view argument,
                 int64_t limit) {
  if (view == "findings")
    return list_findings(conn, limit);
  if (view == "explain")
    return explain_backfill(conn, argument, limit);
  if (view == "job")
    return explain_job(conn, argument, limit);
  if (view == "message")
    return message_view(conn, argument, limit);
  auto found = views().find(view);
  if (found == views().end())
    throw std::invalid_argument(fmt::format("there is no view '{}'", view));
  return conn.exec(*found->second, argument, limit).value<std::string>();
}

std::string plan(const operation& what) {
  auto [kind, name] = split(what.target);
  if (what.action == "pause" || what.action == "resume")
    return plan_pause(what);
  if (what.action == "set" || what.action == "unset")
    return plan_setting(what);
  if (what.action == "drain" || what.action == "undrain")
    return what.action == "drain"
             ? fmt::format("node {} takes no new work{}, until it is undrained or ends; "
                           "what runs there goes on to its end",
                           name, lasting(what))
             : fmt::format("node {} takes work again", name);
  if (what.action == "cancel" && kind == "backfill")
    return fmt::format("cancel the backfill {}; what is written stays", name);
  if (what.action == "requeue" && kind == "node" && !name.empty())
    return fmt::format("queue again every thread that {} holds", name);
  if (what.action == "retry"
      && (kind == "backfill" || kind == "thread" || kind == "notification" || kind == "message"))
    return fmt::format("work on {} {} again, with all its attempts", kind, name);
  refuse(what, "see `help " + what.action + "` for what it takes");
}

std::string plan(connection& conn, const operation& what) {
  auto text = plan(what);
  if (what.action != "drain")
    return text;
  auto held = list_holdings{split(what.target).name}.run(conn);
  return fmt::format(
    "{}; now {} claimed thread{}; {} go to other nodes, and so do the homes of {} grant{}", text,
    held.claims, held.claims == 1 ? "" : "s", leases_text(held.leases), held.homes,
    held.homes == 1 ? "" : "s");
}

operator_action line_of(const operation& what, const operator_identity& by) {
  operator_action line{by};
  line.action = what.action;
  line.target = what.target;
  line.reason = what.reason;
  line.arguments = fmt::format(R"({{"value":{},"for_s":{}}})", base::json_string(what.value),
                               what.lasting.count());
  return line;
}

std::string operate(connection& conn, const operation& what, const operator_identity& by) {
  return audited(conn, line_of(what, by), [&](operator_action& line) {
    return line.outcome = carry_out(conn, what, by.who);
  });
}

} // namespace nova::pg
