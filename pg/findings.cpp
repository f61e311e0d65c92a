#include "pg/findings.hpp"

#include "pg/migrator.hpp"
#include "schema/queries.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>
#include <vector>

namespace nova::pg {
namespace {

// ---- nodes

std::string node_out_of_reach(const facts& known) {
  return fmt::format("it listens on {}, where the nodes of other machines do not find it: set "
                     "--listen (and NOVA_TLS_*), or --listen off",
                     known.text("address"));
}

std::string node_lease_ran_out(const facts& known) {
  return fmt::format("its lease ran out {} s ago and nobody declared it dead",
                     known.text("seconds"));
}

std::string node_unwell(const facts& known) {
  return known.text("state") + known.after(": ", "reason");
}

std::string node_drained(const facts& known) {
  return fmt::format("drained by {}{}: it takes no new work{}", known.text("by"),
                     known.after(": ", "reason"), known.after(" until ", "until"));
}

std::string actor_crashes(const facts& known) {
  return fmt::format("{} crashes in ten minutes: {}", known.text("count"), known.text("reason"));
}

std::string claims_of_nobody(const facts& known) {
  return known.text("count") + " threads are claimed by a node that is not there";
}

// ---- provider and inboxes

std::string provider_refuses_key(const facts& known) {
  return "provider unreachable: Nylas refuses this node's NYLAS_API_KEY; no inbox is at fault: "
         + known.text("error");
}

std::string provider_out_of_reach(const facts& known) {
  return "provider unreachable from this node, by its network or Nylas' fault; its work waits: "
         + known.text("error");
}

std::string inbox_not_allowed(const facts& known) {
  return "the grant is " + known.text("status") + known.after(": ", "reason");
}

std::string inbox_out_of_reach(const facts& known) {
  return "provider unreachable: its mailbox alone; its work waits and goes on by itself: "
         + known.text("error");
}

std::string inbox_unreadable(const facts& known) {
  return fmt::format("{} {}s cannot be read: {}", known.text("count"), known.text("object"),
                     known.text("reason"));
}

std::string attachments_failing(const facts& known) {
  return fmt::format("the bytes of {} attachments cannot be had, and are tried again each day: {}",
                     known.text("count"), known.text("reason"));
}

std::string webhooks_endpoint_down(const facts& known) {
  return fmt::format("Nylas calls this endpoint {}: {}; mail that it missed is found by sweeps and "
                     "certificates, within an hour",
                     known.text("status"), known.text("url"));
}

// ---- queues

std::string queue_paused(const facts& known) {
  return fmt::format("paused by {}{}, {} ready", known.text("by"), known.after(": ", "reason"),
                     known.text("ready"));
}

std::string queue_in_trouble(const facts& known) {
  return "it cannot be looked at: " + known.text("trouble");
}

std::string queue_stands_still(const facts& known) {
  return fmt::format("its oldest message waits for {} s", known.text("seconds"));
}

std::string threads_paused(const facts& known) {
  return "thread work is paused by " + known.text("by") + known.after(": ", "reason");
}

// ---- backfills

std::string backfill_waits(const facts& known) {
  return fmt::format("{} threads wait until {}: {}", known.text("threads"), known.text("until"),
                     known.text("reason"));
}

std::string backfill_waits_for_provider(const facts& known) {
  return "the provider is away: " + backfill_waits(known);
}

std::string backfill_throttled(const facts& known) {
  return "throttled: " + backfill_waits(known);
}

std::string backfill_failed(const facts& known) {
  return "failed" + known.after(": ", "reason");
}

std::string backfill_partial(const facts& known) {
  return fmt::format("{}, partial: {}: {}", known.text("status"), known.text("gap"),
                     known.text("reason"));
}

std::string backfill_lost_threads(const facts& known) {
  return known.text("threads") + " threads failed";
}

// ---- what is due

std::string due_of(const facts& known) {
  return known.text("count") + " " + known.text("work");
}

std::string role_missing(const facts& known) {
  return fmt::format("no living node has the role {}, for which {} wait", known.text("role"),
                     due_of(known));
}

std::string role_drained(const facts& known) {
  return fmt::format("only drained nodes have the role {}, for which {} wait: {} was drained by {}",
                     known.text("role"), due_of(known), known.text("node"), known.text("by"));
}

std::string role_idle(const facts& known) {
  return fmt::format("{} are due and nothing was done for some time, though {} may do it",
                     due_of(known), known.text("nodes"));
}

std::string cluster_empty(const facts& known) {
  return fmt::format("no node runs, so no mail comes in: {}, the last one, is {}",
                     known.text("node"), known.text("state"));
}

std::string inbox_not_swept(const facts&) {
  return "no sweep of it came to its end since then, though each is due after ten minutes";
}

std::string inbox_differs(const facts& known) {
  return fmt::format("days from {} to {} differ from what its provider lists, {} times in a row",
                     known.text("from"), known.text("to"), known.text("times"));
}

std::string inbox_not_compared(const facts&) {
  return "its certificates are due since then, and nobody compares (NOVA_CERTIFY?)";
}

// ---- what operators hold back or have changed

std::string backfill_paused(const facts& known) {
  return "paused by " + known.text("by") + known.after(": ", "reason");
}

std::string setting_changed(const facts& known) {
  return fmt::format("set to {} by {}{}{}", known.text("value"), known.text("by"),
                     known.after(": ", "reason"), known.after(" until ", "until"));
}

constexpr sentence of_findings[] = {
  {"node/out_of_reach", node_out_of_reach, {"nodes"}},
  {"node/lease_ran_out", node_lease_ran_out, {"nodes"}},
  {"node/unwell", node_unwell, {"events"}},
  {"node/drained", node_drained, {"undrain ", "node"}},
  {"actor/crashes", actor_crashes, {"crashes --group reason"}},
  {"claims/of_nobody", claims_of_nobody, {"claims"}},
  {"provider/refuses_key",
   provider_refuses_key,
   {"set NYLAS_API_KEY, start it again (nova doctor)"}},
  {"provider/out_of_reach", provider_out_of_reach, {"nova doctor"}},
  {"inbox/not_allowed", inbox_not_allowed, {"grants ", "grant"}},
  {"inbox/out_of_reach", inbox_out_of_reach, {"grants ", "grant"}},
  {"inbox/unreadable", inbox_unreadable, {"dead-letters"}},
  {"inbox/attachments_failing", attachments_failing, {"grants ", "grant"}},
  {"webhooks/endpoint_down", webhooks_endpoint_down, {"nova doctor"}},
  {"queue/paused", queue_paused, {"resume queue:", "queue"}},
  {"queue/in_trouble", queue_in_trouble, {"queues"}},
  {"queue/stands_still", queue_stands_still, {"queues"}},
  {"threads/paused", threads_paused, {"resume threads"}},
  {"backfill/waits", backfill_waits, {"explain ", "config"}},
  {"backfill/waits_for_provider", backfill_waits_for_provider, {"explain ", "config"}},
  {"backfill/throttled", backfill_throttled, {"explain ", "config"}},
  {"backfill/failed", backfill_failed, {"explain ", "config"}},
  {"backfill/partial", backfill_partial, {"explain ", "config"}},
  {"backfill/lost_threads", backfill_lost_threads, {"dead-letters"}},
  {"role/missing", role_missing, {"start one: nova run --roles ", "role"}},
  {"role/drained", role_drained, {"undrain ", "node"}},
  {"role/idle", role_idle, {"crashes"}},
  {"cluster/empty", cluster_empty, {"start one: nova run"}},
  {"inbox/not_swept", inbox_not_swept, {"grants ", "grant"}},
  {"inbox/differs", inbox_differs, {"nova certify ", "email"}},
  {"inbox/not_compared", inbox_not_compared, {"nova certify ", "email"}},
  {"backfill/paused", backfill_paused, {"resume backfill:", "config"}},
  {"setting/changed", setting_changed, {"unset ", "key"}},
};

/// What is pending of what every database has.
std::string missing_migrations(connection& conn) {
  std::string missing;
  for (const auto& state : migrator{conn}.status())
    if (state.status == decltype(state.status)::pending && !state.optional)
      missing += (missing.empty() ? "" : ", ") + state.system + '/' + state.name;
  return missing;
}

/// Rank, since in microseconds since 1970, kind, what, since, facts.
using finding = std::tuple<int32_t, int64_t, std::string, std::string, std::string, std::string>;

/// Of each statement the first are asked for, so that the first of all are among them.
std::vector<finding> collect(connection& conn, int64_t limit) {
  std::vector<finding> all;
  for (const auto* query : {&sql::findings_of_nodes, &sql::findings_of_mail,
                            &sql::findings_of_queues, &sql::findings_of_due})
    for (auto& one :
         conn.exec(*query, limit)
           .rows<int32_t, int64_t, std::string, std::string, std::string, std::string>())
      all.push_back(std::move(one));
  std::stable_sort(all.begin(), all.end(), [](const finding& left, const finding& right) {
    return std::tie(std::get<0>(left), std::get<1>(left))
           < std::tie(std::get<0>(right), std::get<1>(right));
  });
  all.resize(std::min(all.size(), static_cast<size_t>(limit)));
  return all;
}

} // namespace

const sentence& sentence_of_finding(std::string_view kind) {
  return sentence_of(of_findings, kind);
}

std::vector<table_finding> find_trouble(connection& conn, int64_t limit) {
  if (auto missing = missing_migrations(conn); !missing.empty())
    return {{"CRIT", "database", "it lacks the migrations " + missing, {}, "nova migrate up"}};
  std::vector<table_finding> all;
  for (const auto& [rank, since_us, kind, what, since, json] : collect(conn, limit)) {
    const auto& said = sentence_of_finding(kind);
    auto read = read_facts(json);
    facts known{read};
    all.push_back({rank == 1  ? "CRIT"
                   : rank < 4 ? "WARN"
                              : "NOTE",
                   what, said.text(known), since, said.next.of(known)});
  }
  return all;
}

std::string list_findings(connection& conn, int64_t limit) {
  std::vector<view_row> rows;
  for (const auto& one : find_trouble(conn, limit))
    rows.push_back({{"next", one.next},
                    {"text", one.text},
                    {"what", one.what},
                    {"level", one.level},
                    {"since", one.since}});
  return view_text(rows);
}

} // namespace nova::pg
