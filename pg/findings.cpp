#include "pg/findings.hpp"

#include "base/json_text.hpp"
#include "pg/error.hpp"
#include "pg/job_findings.hpp"
#include "pg/migrator.hpp"
#include "pg/platform/has_function.hpp"
#include "pg/platform/look_briefly.hpp"
#include "pg/platform/server_zone.hpp"
#include "pg/server_findings.hpp"
#include "schema/queries.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <optional>
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

std::string node_name_wanted(const facts& known) {
  return fmt::format("another process wanted this name, {} times in ten minutes, last by {}: it "
                     "was refused, and must have a --name of its own",
                     known.text("count"), known.text("who"));
}

std::string node_not_linked(const facts& known) {
  return fmt::format("it cannot link to {}, {} times in a row: {}", known.text("peer"),
                     known.text("count"), known.text("reason"));
}

std::string node_fought_over(const facts& known) {
  return fmt::format("processes took this name from each other, {} times in ten minutes: give each "
                     "a --name of its own",
                     known.text("count"));
}

std::string node_drained(const facts& known) {
  return fmt::format("drained by {}{}: it takes no new work{}", known.text("by"),
                     known.after(": ", "reason"), known.after(" until ", "until"));
}

std::string actor_crashes(const facts& known) {
  return fmt::format("{} crashes in ten minutes: {}", known.text("count"), known.text("reason"));
}

std::string actor_refused(const facts& known) {
  return fmt::format("the database refuses what it brings, {} times in ten minutes: {}",
                     known.text("count"), known.text("reason"));
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

std::string queue_given_up(const facts& known) {
  return fmt::format("{} messages were given up, the last: {}; `dead-letters message` shows them",
                     known.text("count"), known.text("reason"));
}

std::string webhooks_in_error(const facts& known) {
  return fmt::format("{} notifications are in error, the last: {}", known.text("count"),
                     known.text("reason"));
}

std::string webhooks_tried_again(const facts& known) {
  return fmt::format("{} notifications failed and are tried again, the last: {}",
                     known.text("count"), known.text("reason"));
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

std::string backfill_refused(const facts& known) {
  return fmt::format("the database refuses what {} threads bring: {}", known.text("threads"),
                     known.text("reason"));
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

std::string pace_is_limit(const facts& known) {
  auto units = known.after(" of ", "units");
  auto left = known.after("; about ", "left");
  return fmt::format(
    "the pace of its provider is the limit: {}{}, {} calls a second; {} calls wait, "
    "{} of them of other nodes than {}, which paces them{}{}; more nodes do not help",
    known.text("binds"), units.empty() ? "" : units + " a second", known.text("calls"),
    known.text("waiting"), known.text("remote"), known.text("node"), left,
    left.empty() ? "" : " to go");
}

std::string setting_changed(const facts& known) {
  return fmt::format("set to {} by {}{}{}", known.text("value"), known.text("by"),
                     known.after(": ", "reason"), known.after(" until ", "until"));
}

constexpr sentence of_findings[] = {
  {"node/out_of_reach", node_out_of_reach, {"nodes"}},
  {"node/lease_ran_out", node_lease_ran_out, {"nova run --name ", "node"}},
  {"node/dead", node_unwell, {"nova run --name ", "node"}},
  {"node/degraded", node_unwell, {"events"}},
  {"node/name_wanted", node_name_wanted, {"audit"}},
  {"node/not_linked",
   node_not_linked,
   {"give both one NOVA_CLUSTER_SECRET and NOVA_CLUSTER_NAME, and each a certificate of its own"}},
  {"node/fought_over", node_fought_over, {"nodes ", "node"}},
  {"node/drained", node_drained, {"undrain ", "node"}},
  {"actor/crashes", actor_crashes, {"crashes --group reason"}},
  {"actor/refused_by_database", actor_refused, {"crashes --group reason"}},
  {"claims/of_nobody", claims_of_nobody, {"requeue node:", "node"}},
  {"provider/refuses_key",
   provider_refuses_key,
   {"set NYLAS_API_KEY, start it again (nova doctor)"}},
  {"provider/out_of_reach", provider_out_of_reach, {"nova doctor"}},
  {"inbox/not_allowed",
   inbox_not_allowed,
   {"have its owner authorise it again, then: nova inbox check ", "email"}},
  {"inbox/out_of_reach", inbox_out_of_reach, {"grants ", "grant"}},
  {"inbox/unreadable", inbox_unreadable, {"dead-letters"}},
  {"inbox/attachments_failing", attachments_failing, {"grants ", "grant"}},
  {"webhooks/endpoint_down", webhooks_endpoint_down, {"nova doctor"}},
  {"queue/paused", queue_paused, {"resume queue:", "queue"}},
  {"queue/in_trouble", queue_in_trouble, {"queues"}},
  {"queue/stands_still", queue_stands_still, {"queues"}},
  {"queue/given_up", queue_given_up, {"nova queue dismiss ", "queue"}},
  {"webhooks/tried_again", webhooks_tried_again, {"nova webhooks list"}},
  {"webhooks/in_error", webhooks_in_error, {"retry --where kind=notification"}},
  {"threads/paused", threads_paused, {"resume threads"}},
  {"backfill/waits", backfill_waits, {"explain ", "config"}},
  {"backfill/waits_for_provider", backfill_waits_for_provider, {"explain ", "config"}},
  {"backfill/throttled", backfill_throttled, {"explain ", "config"}},
  {"backfill/refused_by_database", backfill_refused, {"dead-letters thread"}},
  {"backfill/failed", backfill_failed, {"retry backfill:", "config"}},
  {"backfill/partial", backfill_partial, {"explain ", "config"}},
  {"backfill/lost_threads", backfill_lost_threads, {"retry backfill:", "config"}},
  {"role/missing", role_missing, {"nova run --roles ", "role"}},
  {"role/drained", role_drained, {"undrain ", "node"}},
  {"role/idle", role_idle, {"crashes"}},
  {"cluster/empty", cluster_empty, {"nova run"}},
  {"inbox/not_swept", inbox_not_swept, {"grants ", "grant"}},
  {"inbox/differs", inbox_differs, {"nova certify ", "email"}},
  {"inbox/not_compared", inbox_not_compared, {"nova certify ", "email"}},
  {"backfill/paused", backfill_paused, {"resume backfill:", "config"}},
  {"pace/binds", pace_is_limit, {"grants ", "grant"}},
  {"setting/changed", setting_changed, {"unset ", "key"}},
};

/// What is wrong with the migrations, in the words of a finding; nothing when they fit the program.
std::optional<base::finding> migrations_at_fault(connection& conn) {
  using status = decltype(migration_state::status);
  std::string missing, newer;
  for (const auto& state : migrator{conn}.status()) {
    auto& list = state.status == status::unknown ? newer : missing;
    if (state.status == status::unknown || (state.status == status::pending && !state.optional))
      list += (list.empty() ? "" : ", ") + state.system + '/' + state.name;
  }
  if (!missing.empty())
    return base::finding{base::finding_level::critical,
                         "database",
                         "it lacks the migrations " + missing,
                         {},
                         "nova migrate up"};
  if (!newer.empty())
    return base::finding{base::finding_level::warning,
                         "database",
                         "it has migrations that this program does not know, so the program is "
                         "older than the schema: "
                           + newer,
                         {},
                         "install the version of Nova that was here before"};
  return {};
}

/// Nova is in UTC whatever the server is; what sessions of others count by days is not.
std::optional<base::finding> zone_at_fault(connection& conn) {
  auto zones = server_zone{}.run(conn);
  if (zones.is_utc || !zones.counts_days)
    return {};
  return base::finding{
    base::finding_level::warning,
    "database",
    "its sessions begin in the time zone " + zones.session
      + ", so that current_day_usage counts another day than `nova assistant`, "
        "which counts in UTC",
    {},
    "psql \"$DATABASE_URL\" -c \"do 'begin execute format(''alter database %I set "
    "timezone = %L'', current_database(), ''UTC''); end'\""};
}

/// Rank, since in microseconds since 1970, kind, what, since, facts.
using row = std::tuple<int32_t, int64_t, std::string, std::string, std::string, std::string>;

constexpr auto database = "database";

/// A cause comes before what follows from it: the server before what waits for it.
bool before(const row& left, const row& right) {
  auto key = [](const row& of) {
    return std::tuple{std::get<0>(of), std::get<3>(of) != database, std::get<1>(of)};
  };
  return key(left) < key(right);
}

std::vector<row> rows_of(connection& conn, const sql::statement& query, int64_t limit) {
  transaction looking{conn};
  look_briefly{}.run(conn);
  auto found = conn.exec(query, limit)
                 .rows<int32_t, int64_t, std::string, std::string, std::string, std::string>();
  std::vector<row> all;
  for (auto& one : found)
    all.push_back(std::move(one));
  looking.commit();
  return all;
}

/// What hides a part of the database: a table that somebody has locked, a right that is missing.
/// Rethrows what is worse.
row hidden(const char* part, const error& thrown) {
  if (thrown.kind() != failure::retry && thrown.kind() != failure::refused)
    throw thrown;
  return {2,
          0,
          "database/hides",
          database,
          "",
          "{\"part\":" + base::json_string(part) + ",\"reason\":" + base::json_string(thrown.what())
            + '}'};
}

/// Whether there is such a function; who may not look into its schema has none.
bool can_call(connection& conn, const char* function) {
  try {
    return has_function{function}.run(conn);
  } catch (const error& thrown) {
    if (thrown.kind() == failure::refused)
      return false;
    throw;
  }
}

/// Of each statement the first are asked for, so that the first of all are among them. What cannot
/// be looked at hides no more than itself.
std::vector<row> collect(connection& conn, int64_t limit) {
  std::vector<const sql::statement*> queries{&sql::findings_of_server, &sql::findings_of_nodes,
                                             &sql::findings_of_mail, &sql::findings_of_queues,
                                             &sql::findings_of_due};
  if (can_call(conn, "nova.restored()"))
    queries.push_back(&sql::findings_of_restored);
  if (can_call(conn, "nova.upkeep_due()"))
    queries.push_back(&sql::findings_of_jobs);
  if (can_call(conn, "nova.alert_faults()"))
    queries.push_back(&sql::findings_of_alerts);
  // Of systems that not every database has.
  if (can_call(conn, "nova.messenger_due()"))
    queries.push_back(&sql::findings_of_messenger);
  if (can_call(conn, "nova.close_lost_syncs(uuid)"))
    queries.push_back(&sql::findings_of_integrations);
  std::vector<row> all;
  for (const auto* query : queries)
    try {
      std::ranges::move(rows_of(conn, *query, limit), std::back_inserter(all));
    } catch (const error& thrown) {
      all.push_back(hidden(query->name, thrown));
    }
  std::ranges::stable_sort(all, before);
  all.resize(std::min(all.size(), static_cast<size_t>(limit)));
  return all;
}

base::finding_level level_of(int32_t rank) {
  return rank == 1  ? base::finding_level::critical
         : rank < 4 ? base::finding_level::warning
                    : base::finding_level::note;
}

base::finding said_of(const row& one) {
  const auto& [rank, since_us, kind, what, since, json] = one;
  const auto& said = sentence_of_finding(kind);
  auto read = read_facts(json);
  facts known{read};
  return {level_of(rank), what, said.text(known), since, said.next.of(known)};
}

} // namespace

const sentence& sentence_of_finding(std::string_view kind) {
  for (std::string_view of_jobs :
       {"upkeep/", "messages/", "key/", "alert/", "schedule/", "transport/", "sync/"})
    if (kind.starts_with(of_jobs))
      return sentence_of(sentences_of_jobs(), kind);
  return kind.starts_with("database/") ? sentence_of(sentences_of_server(), kind)
                                       : sentence_of(of_findings, kind);
}

std::optional<std::vector<trouble>> find_troubles(connection& conn, int64_t limit) {
  std::vector<trouble> all;
  for (const auto& one : collect(conn, limit)) {
    if (std::get<2>(one) == "database/hides" || all.size() + 1 >= static_cast<size_t>(limit))
      return {};
    all.push_back({std::get<2>(one), std::get<1>(one), said_of(one)});
  }
  return all;
}

std::vector<base::finding> find_trouble(connection& conn, int64_t limit) {
  std::vector<base::finding> all;
  try {
    if (auto fault = migrations_at_fault(conn))
      all.push_back(std::move(*fault));
  } catch (const error& thrown) {
    all.push_back(said_of(hidden("schema_migrations", thrown)));
  }
  if (!all.empty() && all.front().level == base::finding_level::critical)
    return all;
  for (const auto& one : collect(conn, limit))
    all.push_back(said_of(one));
  if (auto fault = zone_at_fault(conn)) // last: it stops nothing
    all.push_back(std::move(*fault));
  std::ranges::stable_sort(all, {}, &base::finding::level);
  return all;
}

std::optional<base::finding> find_restored(connection& conn) {
  if (!can_call(conn, "nova.restored()"))
    return {};
  auto found = rows_of(conn, sql::findings_of_restored, 1);
  return found.empty() ? std::nullopt : std::optional{said_of(found.front())};
}

std::string list_findings(connection& conn, int64_t limit) {
  std::vector<view_row> rows;
  for (const auto& one : find_trouble(conn, limit))
    rows.push_back({{"next", one.next},
                    {"text", one.text},
                    {"what", one.what},
                    {"level", std::string{to_string(one.level)}},
                    {"since", one.since.empty() ? std::nullopt : std::optional{one.since}}});
  return view_text(rows);
}

} // namespace nova::pg
