#include "pg/explanation.hpp"

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
  {"queue/paused", queue_is_paused, {"resume ", "what"}},
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

// ---- one message

/// [lo, hi] of a read; a notification has no lo.
std::string span_of(const facts& known, const char* lo = "lo", const char* hi = "hi") {
  auto from = known.after("", lo);
  return fmt::format("[{}, {}]", from.empty() ? "open" : from, known.text(hi));
}

std::string received_notification(const facts& known) {
  return fmt::format("{} {}, delivered {} times", known.text("type"), known.text("notification"),
                     known.text("deliveries"));
}

/// Nothing where a program that is no node did it.
std::string handled_by(const facts& known) {
  auto node = known.after("", "node");
  return node.empty() ? std::string{}
                      : fmt::format(" by notification_handler/{} of node {}, attempt {}",
                                    known.text("notification"), node, known.text("attempt"));
}

std::string handled_done(const facts& known) {
  return fmt::format("{} is processed{}", known.text("notification"), handled_by(known));
}

std::string handled_ignored(const facts& known) {
  return fmt::format("{} is ignored{}{}{}", known.text("notification"), handled_by(known),
                     known.after(": ", "reason"), known.after("; the inbox is ", "inbox"));
}

std::string handled_failed(const facts& known) {
  return fmt::format("{} is given up{}{}", known.text("notification"), handled_by(known),
                     known.after(": ", "reason"));
}

std::string handled_queued(const facts& known) {
  return fmt::format("{} is in its queue, or in the hands of a handler",
                     known.text("notification"));
}

std::string handled_parked(const facts& known) {
  return fmt::format("{} needs an answer of the provider and is parked until {}, attempt {}{}{}",
                     known.text("notification"), known.text("until"), known.text("attempt"),
                     known.after(": ", "reason"), known.after("; the inbox is ", "inbox"));
}

std::string handled_in_hand(const facts& known) {
  return fmt::format("node {} asks the provider for what {} names, attempt {}{}",
                     known.text("node"), known.text("notification"), known.text("attempt"),
                     known.after("; before: ", "reason"));
}

std::string thread_of(const facts& known) {
  return fmt::format("thread {} of backfill {}", known.text("thread"), known.text("config"));
}

// A table of the shell cuts long texts: what a reader needs comes first.
std::string thread_queued(const facts& known) {
  return fmt::format("queued{}, {} failed attempts{}; {}", known.after(" until ", "until"),
                     known.text("attempts"), known.after(": ", "reason"), thread_of(known));
}

std::string thread_in_hand(const facts& known) {
  return fmt::format("read by node {}, {} failed attempts{}; {}", known.text("node"),
                     known.text("attempts"), known.after(": ", "reason"), thread_of(known));
}

std::string thread_done(const facts& known) {
  return "completed; " + thread_of(known);
}

std::string thread_failed(const facts& known) {
  return fmt::format("given up after {} attempts{}{}; {}", known.text("attempts"),
                     known.after(": ", "reason"), known.after("; tried again at ", "until"),
                     thread_of(known));
}

std::string named_missing(const facts& known) {
  return "not stored yet; the provider named it as of " + thread_of(known);
}

std::string excused_noted(const facts& known) {
  return fmt::format("excused: {}; {}", known.text("reason"), thread_of(known));
}

std::string rejected_kept(const facts& known) {
  return fmt::format("it came and could not be read: {}; seen {} times, last by version {}",
                     known.text("reason"), known.text("times"), known.text("version"));
}

std::string seen_by(const facts& known) {
  return fmt::format("{} saw it in {}", known.text("origin"), span_of(known));
}

std::string against_row(const facts& known) {
  return known.after("", "row_hi").empty() ? std::string{}
                                           : " the row's " + span_of(known, "row_lo", "row_hi");
}

std::string judged_inserted(const facts& known) {
  return "inserted, there was no row: " + seen_by(known);
}

std::string judged_replaced(const facts& known) {
  return "replaced: " + seen_by(known) + ", after" + against_row(known);
}

std::string judged_ignored(const facts& known) {
  return "ignored: " + seen_by(known) + ", before" + against_row(known);
}

std::string judged_doubtful(const facts& known) {
  return "doubtful, read once more: " + seen_by(known) + ", which overlaps" + against_row(known);
}

std::string judged_deleted(const facts& known) {
  auto row = against_row(known);
  return "deleted: " + seen_by(known) + (row.empty() ? row : ", after" + row);
}

std::string judged_not_found(const facts& known) {
  return "the provider answered 404 in " + span_of(known);
}

std::string judged_confirmed(const facts& known) {
  return "confirmed: seen as it is, last in " + span_of(known);
}

std::string written_stored(const facts& known) {
  return "stored, " + known.text("origin");
}

std::string written_changed(const facts& known) {
  return "changed since, now as seen in " + span_of(known);
}

std::string again_not_found(const facts& known) {
  return fmt::format("{} 404 so far, asked again at {}; a second makes it a tombstone",
                     known.text("not_found"), known.text("until"));
}

std::string again_doubt(const facts& known) {
  return "in doubt which version is newer: read again at " + known.text("until");
}

std::string again_provisional(const facts& known) {
  return "known from a notification only: read again at " + known.text("until");
}

std::string again_due(const facts& known) {
  return "read again at " + known.text("until");
}

std::string gone_notified(const facts&) {
  return "deleted: a notification said so";
}

std::string gone_not_found(const facts&) {
  return "deleted: the provider answered 404 twice";
}

std::string renamed_was(const facts& known) {
  return "the provider gave it another id: it was " + known.text("was");
}

std::string renamed_now(const facts& known) {
  return "the provider gave it another id: it is " + known.text("now") + " now";
}

std::string search_filled(const facts&) {
  return "the search finds it";
}

std::string search_behind(const facts&) {
  return "the search has not come to it yet";
}

std::string search_refused(const facts&) {
  return "the search cannot take it";
}

std::string inbox_unknown(const facts&) {
  return "there is no such inbox";
}

std::string mailbox_away(const facts& known) {
  return "provider unreachable, this mailbox alone: " + known.text("reason");
}

std::string inbox_auth_expired(const facts& known) {
  return "the inbox is auth_expired" + known.after(": ", "reason");
}

std::string inbox_disabled(const facts& known) {
  return "the inbox is disabled" + known.after(": ", "reason");
}

std::string inbox_removed(const facts& known) {
  return "the inbox is removed" + known.after(": ", "reason");
}

std::string range_none(const facts&) {
  return "no backfill of the inbox was asked for";
}

std::string range_outside(const facts& known) {
  return fmt::format("{} is out of the range of every backfill; they reach from {} to {}",
                     known.text("date"), known.text("from"), known.text("to"));
}

std::string range_inside(const facts& known) {
  return fmt::format("backfill {} from {} to {} is {}", known.text("config"), known.text("from"),
                     known.text("to"), known.text("status"));
}

std::string range_gap(const facts& known) {
  return fmt::format("backfill {} could not have a part, {}: {}", known.text("config"),
                     known.text("gap"), known.text("reason"));
}

std::string unknown_nothing(const facts&) {
  return "nothing is known of it: no row, no notification of the last two days, no backfill that "
         "named it";
}

constexpr advice by_itself = {"nothing: it goes on by itself"};
constexpr advice backfill_needed = {"nova backfill start with a range that has its day"};

constexpr sentence of_messages[] = {
  {"received/notification", received_notification, {""}},
  {"handled/done", handled_done, {""}},
  {"handled/ignored", handled_ignored, {"nova webhooks retry ", "notification"}},
  {"handled/failed", handled_failed, {"nova webhooks retry ", "notification"}},
  {"handled/queued", handled_queued, {"nova queue list"}},
  {"handled/parked", handled_parked, by_itself},
  {"handled/in_hand", handled_in_hand, by_itself},
  {"thread/queued", thread_queued, {"explain ", "config"}},
  {"thread/in_hand", thread_in_hand, by_itself},
  {"thread/done", thread_done, {""}},
  {"thread/failed", thread_failed, {"nova threads retry ", "config"}},
  {"named/missing", named_missing, {"explain ", "config"}},
  {"excused/noted", excused_noted, {"nothing: the provider does not give it"}},
  {"rejected/kept", rejected_kept, {"nothing: another version reads it again"}},
  {"judged/inserted", judged_inserted, {""}},
  {"judged/replaced", judged_replaced, {""}},
  {"judged/ignored", judged_ignored, {""}},
  {"judged/doubtful", judged_doubtful, {""}},
  {"judged/deleted", judged_deleted, {""}},
  {"judged/not_found", judged_not_found, {""}},
  {"judged/confirmed", judged_confirmed, {""}},
  {"written/stored", written_stored, {""}},
  {"written/changed", written_changed, {""}},
  {"again/not_found", again_not_found, by_itself},
  {"again/doubt", again_doubt, by_itself},
  {"again/provisional", again_provisional, by_itself},
  {"again/due", again_due, by_itself},
  {"gone/notified", gone_notified, {"nothing: it is gone at the provider"}},
  {"gone/not_found", gone_not_found, {"nothing: it is gone at the provider"}},
  {"renamed/was", renamed_was, {""}},
  {"renamed/now", renamed_now, {"nova why ", "now"}},
  {"search/filled", search_filled, {""}},
  {"search/behind", search_behind, by_itself},
  {"search/refused", search_refused, {"nothing: read it by its id"}},
  {"inbox/unknown", inbox_unknown, {"nova inbox list"}},
  {"inbox/auth_expired", inbox_auth_expired, {"have ", "email", " authorise again"}},
  {"inbox/disabled", inbox_disabled, {"have ", "email", " authorise again"}},
  {"inbox/removed", inbox_removed, {"nova inbox add, and a backfill"}},
  {"inbox/out_of_reach", mailbox_away, by_itself},
  {"work/paused", queue_is_paused, {"resume ", "what"}},
  {"range/none", range_none, backfill_needed},
  {"range/outside", range_outside, backfill_needed},
  {"range/inside", range_inside, {"explain ", "config"}},
  {"range/known", range_inside, {"explain ", "config"}},
  {"range/gap", range_gap, {"nova backfill status ", "config"}},
  {"unknown/nothing", unknown_nothing, {"nova audit INBOX asks the provider"}},
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
  auto ours = [&](const sentence& one) { return one.kind == kind; };
  if (std::any_of(std::begin(of_messages), std::end(of_messages), ours))
    return sentence_of(of_messages, kind);
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

message_explained explain_message(connection& conn, const message_question& asked, int64_t limit) {
  message_explained all;
  std::set<std::string> stored;
  auto inbox = asked.inbox.empty() ? std::nullopt : std::optional{asked.inbox};
  for (const auto& [email, kind, state, at, json] :
       conn.exec(sql::explain_message, inbox, asked.message, asked.date, limit)
         .rows<std::optional<std::string>, std::string, std::string, std::optional<std::string>,
               std::string>()) {
    const auto& said = sentence_of(of_messages, kind);
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
