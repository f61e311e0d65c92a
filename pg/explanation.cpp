#include "pg/explanation.hpp"

#include "pg/message_sentences.hpp"
#include "schema/queries.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>
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
  return "the backfill is " + known.text("status") + known.after(" by ", "by")
         + known.after(": ", "reason");
}

std::string queue_read(const facts&) {
  return "queue inbox_backfill_jobs is read";
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

std::string discovery_crashing(const facts& known) {
  return fmt::format("who lists it ended {} times in two minutes: {}", known.text("crashes"),
                     known.text("why"));
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

std::string pace_of(const facts& known) {
  auto units = known.after("", "units");
  auto left = known.after("; about ", "left");
  return fmt::format(
    "{} of {} calls under way, {}{} calls a second, {} wait ({} of other nodes than "
    "{}, which paces them){}{}",
    known.text("running"), known.text("places"),
    units.empty() ? std::string{} : units + " units a second are allowed, ", known.text("calls"),
    known.text("waiting"), known.text("remote"), known.text("node"), left,
    left.empty() ? "" : " to go");
}

std::string pace_binds(const facts& known) {
  return known.text("binds") + " bind: " + pace_of(known);
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
   {"have its owner authorise it again, then: nova inbox check ", "email"}},
  {"grant/out_of_reach", grant_out_of_reach, {"nothing: it is probed and goes on by itself"}},
  {"grant/valid", grant_valid, {""}},
  {"backfill/failed", backfill_in_state, {"retry backfill:", "config"}},
  {"backfill/paused", backfill_in_state, {"resume backfill:", "config"}},
  {"backfill/in_state", backfill_in_state, {"progress ", "config"}},
  {"queue/read", queue_read, {""}},
  {"queue/paused", is_paused, {"resume ", "what"}},
  {"nodes/living", nodes_living, {""}},
  {"nodes/drained", nodes_drained, {"undrain ", "first"}},
  {"nodes/none", nodes_none, {"nova run --roles ", "role"}},
  {"discovery/partial", discovery_partial, {"trace config ", "config"}},
  {"discovery/done", discovery_done, {""}},
  {"discovery/failing", discovery_failing, {"trace config ", "config"}},
  {"discovery/crashing", discovery_crashing, {"crashes --group reason"}},
  {"discovery/lists", discovery_lists, {""}},
  {"provider/ready", provider_ready, {""}},
  {"provider/postponed", provider_postponed, {"grants ", "grant"}},
  {"provider/throttles", provider_throttles, {"grants ", "grant"}},
  {"pace/open", pace_of, {""}},
  {"pace/binds", pace_binds, {""}},
  {"claims/held", claims_held, {"claims"}},
  {"rows/written", rows_written, {"retry backfill:", "config", " (see dead-letters)"}},
};

std::vector<chain_step> collect(connection& conn, std::string_view config, int64_t limit) {
  std::vector<chain_step> all;
  for (const auto* query : {&sql::explain_grounds, &sql::explain_work})
    for (auto& one : conn.exec(*query, config, limit)
                       .rows<std::string, bool, std::optional<std::string>, std::string>())
      all.push_back(std::move(one));
  all.resize(std::min(all.size(), static_cast<size_t>(limit)));
  return all;
}

} // namespace

const sentence& sentence_of_step(std::string_view kind) {
  auto messages = sentences_of_messages();
  if (std::ranges::any_of(messages, [&](const sentence& one) { return one.kind == kind; }))
    return sentence_of(messages, kind);
  return sentence_of(of_causes, kind);
}

std::string explain_backfill(connection& conn, std::string_view config, int64_t limit) {
  return chain_text(collect(conn, config, limit), sentence_of_step);
}

message_explained explain_message(connection& conn, const message_question& asked, int64_t limit) {
  message_explained all;
  std::set<std::string> stored;
  auto inbox = asked.inbox.empty() ? std::nullopt : std::optional{asked.inbox};
  for (const auto& [email, kind, state, at, json] :
       conn.exec(sql::explain_message, inbox, asked.message, asked.date, limit)
         .rows<std::optional<std::string>, std::string, std::string, std::optional<std::string>,
               std::string>()) {
    const auto& said = sentence_of(sentences_of_messages(), kind);
    auto read = read_facts(json);
    facts known{read};
    auto where = email.value_or("");
    // What is gone comes after what was stored.
    if (kind == "written/stored")
      stored.insert(where);
    else if (kind.starts_with("gone/"))
      stored.erase(where);
    all.known |= !kind.starts_with("unknown/") && !kind.starts_with("inbox/")
                 && !kind.starts_with("range/") && !kind.starts_with("work/");
    all.steps.push_back({where, step_of(kind), state, at, said.text(known),
                         state == "ok" ? std::string{} : said.next.of(known)});
  }
  all.stored = !stored.empty();
  return all;
}

} // namespace nova::pg
