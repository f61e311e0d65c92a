#include "pg/message_sentences.hpp"

#include <fmt/format.h>

namespace nova::pg {
namespace {

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
  {"work/paused", is_paused, {"resume ", "what"}},
  {"range/none", range_none, backfill_needed},
  {"range/outside", range_outside, backfill_needed},
  {"range/inside", range_inside, {"explain ", "config"}},
  {"range/known", range_inside, {"explain ", "config"}},
  {"range/gap", range_gap, {"nova backfill status ", "config"}},
  {"unknown/nothing", unknown_nothing, {"nova audit INBOX asks the provider"}},
};

} // namespace

std::span<const sentence> sentences_of_messages() {
  return of_messages;
}

} // namespace nova::pg
