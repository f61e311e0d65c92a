#include "pg/explanation.hpp"

#include "schema/queries.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <tuple>
#include <vector>

namespace nova::pg {
namespace {

// ---- what it stands on

std::string api_answers(const facts&) {
  return "Nylas answers";
}

std::string api_out_of_reach(const facts& known) {
  std::string all;
  for (const auto& one : known.each("away"))
    all +=
      fmt::format("{}provider unreachable from {} ({}): {}", all.empty() ? "" : "; ",
                  one.text("node"),
                  one.text("scope") == "application" ? "its NYLAS_API_KEY is refused" : "network",
                  one.text("error"));
  return all;
}

std::string grant_not_allowed(const facts& known) {
  return "the inbox is " + known.text("status") + known.after(": ", "reason");
}

std::string grant_out_of_reach(const facts& known) {
  return "provider unreachable, this mailbox alone: " + known.text("error");
}

std::string grant_valid(const facts& known) {
  return fmt::format("{} grant {} is valid", known.text("provider"), known.text("grant"));
}

std::string backfill_in_state(const facts& known) {
  return "the backfill is " + known.text("status") + known.after(": ", "reason");
}

std::string queue_read(const facts&) {
  return "queue inbox_backfill_jobs is read";
}

std::string queue_is_paused(const facts& known) {
  return fmt::format("{} is paused by {}{}", known.text("what"), known.text("by"),
                     known.after(": ", "reason"));
}

std::string nodes_living(const facts& known) {
  return fmt::format("role {}: {}", known.text("role"), known.text("living"));
}

std::string nodes_drained(const facts& known) {
  return fmt::format("role {}: only drained nodes have it: {}", known.text("role"),
                     known.text("drained"));
}

std::string nodes_none(const facts& known) {
  return fmt::format("role {}: no living node has it", known.text("role"));
}

// ---- how far it is

std::string discovery_partial(const facts& known) {
  return fmt::format("partial: {} parts could not be had; {}: {}", known.text("gaps"),
                     known.text("gap"), known.text("reason"));
}

std::string discovery_done(const facts& known) {
  return fmt::format("every window is listed, {} threads", known.text("threads"));
}

std::string discovery_failing(const facts& known) {
  return fmt::format("{} failed attempts: {}", known.text("attempts"), known.text("error"));
}

std::string discovery_lists(const facts& known) {
  return fmt::format("{} of {} windows listed", known.text("listed"), known.text("windows"));
}

std::string provider_ready(const facts&) {
  return "nothing waits for the provider";
}

std::string provider_postponed(const facts& known) {
  return fmt::format("{} threads wait until {}{}", known.text("threads"), known.text("until"),
                     known.after(": ", "reason"));
}

std::string provider_throttles(const facts& known) {
  return fmt::format("{} threads wait until {}, throttled by the provider{}", known.text("threads"),
                     known.text("until"), known.after(": ", "reason"));
}

std::string claims_held(const facts& known) {
  return fmt::format("{} claimed, {} due{}", known.text("running"), known.text("due"),
                     known.after("; the oldest claim is of ", "node"));
}

std::string rows_written(const facts& known) {
  return fmt::format("{} of {} threads written, {} failed", known.text("completed"),
                     known.text("threads"), known.text("failed"));
}

constexpr sentence of_causes[] = {
  {"api/answers", api_answers, {""}},
  {"api/refuses_key", api_out_of_reach, {"set NYLAS_API_KEY there, start it again"}},
  {"api/out_of_reach", api_out_of_reach, {"nova doctor"}},
  {"grant/not_allowed",
   grant_not_allowed,
   {"have ", "email", " authorise again; grant.updated resumes it"}},
  {"grant/out_of_reach", grant_out_of_reach, {"nothing: it is probed and goes on by itself"}},
  {"grant/valid", grant_valid, {""}},
  {"backfill/failed", backfill_in_state, {"retry backfill:", "config"}},
  {"backfill/paused", backfill_in_state, {"resume backfill:", "config"}},
  {"backfill/in_state", backfill_in_state, {"progress ", "config"}},
  {"queue/read", queue_read, {""}},
  {"queue/paused", queue_is_paused, {"resume queue:inbox_backfill_jobs (or threads)"}},
  {"nodes/living", nodes_living, {""}},
  {"nodes/drained", nodes_drained, {"undrain ", "first"}},
  {"nodes/none", nodes_none, {"start one: nova run --roles ", "role"}},
  {"discovery/partial", discovery_partial, {"trace config ", "config"}},
  {"discovery/done", discovery_done, {""}},
  {"discovery/failing", discovery_failing, {"trace config ", "config"}},
  {"discovery/lists", discovery_lists, {""}},
  {"provider/ready", provider_ready, {""}},
  {"provider/postponed", provider_postponed, {"grants ", "grant"}},
  {"provider/throttles", provider_throttles, {"grants ", "grant"}},
  {"claims/held", claims_held, {"claims"}},
  {"rows/written", rows_written, {"retry backfill:", "config", " (see dead-letters)"}},
};

/// Kind, whether it is ok, since, facts.
using step = std::tuple<std::string, bool, std::optional<std::string>, std::string>;

std::vector<step> collect(connection& conn, std::string_view config, int64_t limit) {
  std::vector<step> all;
  for (const auto* query : {&sql::explain_grounds, &sql::explain_work})
    for (auto& one : conn.exec(*query, config, limit)
                       .rows<std::string, bool, std::optional<std::string>, std::string>())
      all.push_back(std::move(one));
  all.resize(std::min(all.size(), static_cast<size_t>(limit)));
  return all;
}

/// A kind is STEP/WHAT.
std::string step_of(const std::string& kind) {
  return kind.substr(0, kind.find('/'));
}

} // namespace

const sentence& sentence_of_step(std::string_view kind) {
  return sentence_of(of_causes, kind);
}

std::string explain_backfill(connection& conn, std::string_view config, int64_t limit) {
  std::vector<view_row> rows;
  std::string blocks;
  for (const auto& [kind, ok, since, json] : collect(conn, config, limit)) {
    const auto& said = sentence_of_step(kind);
    auto read = read_facts(json);
    facts known{read};
    auto name = step_of(kind);
    if (!ok && blocks.empty())
      blocks = name;
    rows.push_back({{"next", ok ? std::string{} : said.next.of(known)},
                    {"step", name},
                    {"text", said.text(known)},
                    {"since", since},
                    {"state", ok               ? "ok"
                              : name == blocks ? "BLOCKS"
                                               : "waits"}});
  }
  return view_text(rows);
}

} // namespace nova::pg
