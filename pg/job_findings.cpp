#include "pg/job_findings.hpp"

#include <fmt/format.h>

#include <string>

namespace nova::pg {
namespace {

std::string upkeep_overdue(const facts& known) {
  auto count = known.text("count");
  return fmt::format("it is overdue for {} s{}: nobody runs upkeep", known.text("seconds"),
                     count == "1" ? "" : ", one of " + count + " tasks that are");
}

std::string upkeep_failed(const facts& known) {
  return fmt::format("it failed {} times in a row, and is tried again: {}", known.text("count"),
                     known.text("reason"));
}

std::string upkeep_needs_owner(const facts& known) {
  return fmt::format("{} tasks of upkeep were skipped: only the owner of the tables may do them, "
                     "and NOVA_MAINTENANCE_URL is not set",
                     known.text("count"));
}

std::string messages_failing(const facts& known) {
  return fmt::format("{} messages failed more than once and are tried again, the last: {}: {}",
                     known.text("count"), known.text("class"), known.text("reason"));
}

std::string messages_given_up(const facts& known) {
  return fmt::format("{} messages were given up within a day, the last: {}: {}",
                     known.text("count"), known.text("class"), known.text("reason"));
}

std::string messages_without_handler(const facts& known) {
  return fmt::format("{} messages wait for a handler of their type", known.text("count"));
}

std::string key_stopped(const facts& known) {
  return fmt::format("key '{}' is stopped for {} s more: {} failures in a row", known.text("key"),
                     known.text("seconds"), known.text("failures"));
}

std::string schedule_overdue(const facts& known) {
  return fmt::format("it is overdue for {} s: nobody sends its messages ({})",
                     known.text("seconds"), known.text("type"));
}

std::string transport_stands_still(const facts& known) {
  return fmt::format("{} messages may be claimed and nobody does, for {} s", known.text("count"),
                     known.text("seconds"));
}

std::string broker_unreachable(const facts& known) {
  return "its broker cannot be reached, what is sent to it waits: " + known.text("reason");
}

std::string broker_refused(const facts& known) {
  return fmt::format("its broker cannot be used ({}), what is sent to it waits: {}",
                     known.text("class"), known.text("reason"));
}

std::string broker_full(const facts& known) {
  return "its broker takes no more, what is sent to it waits: " + known.text("reason");
}

std::string outbox_waits(const facts& known) {
  return fmt::format("{} messages wait to be sent to its broker, the first for {} s",
                     known.text("count"), known.text("seconds"));
}

std::string retry_overdue(const facts& known) {
  return known.text("count") + " retries are due since then, and nobody runs them";
}

std::string alert_mail_refused(const facts& known) {
  return "no alert goes out by email: " + known.text("reason");
}

std::string alert_paused(const facts& known) {
  return "it is told nothing until one message gets through, tried each quarter of an hour: "
         + known.text("reason");
}

std::string alert_unsent(const facts& known) {
  return known.text("count") + " messages about alerts wait for more than five minutes"
         + known.after(": ", "reason");
}

constexpr sentence of_jobs[] = {
  {"messages/failing",
   messages_failing,
   {"nova messenger handlers test --type '", "type", "' --body '{}'"}},
  {"messages/given_up", messages_given_up, {"nova messenger failed list --type '", "type", "'"}},
  {"messages/no_handler",
   messages_without_handler,
   {"nova messenger handlers set --type '", "type", "' (--http URL | --sql FUNCTION --as ROLE)"}},
  {"key/stopped", key_stopped, {"keys"}},
  {"transport/stands_still", transport_stands_still, {"nova messenger stats"}},
  {"transport/unreachable", broker_unreachable, {"nova messenger transports"}},
  {"transport/refused", broker_refused, {"nova messenger transports"}},
  {"transport/full", broker_full, {"nova messenger transports"}},
  {"transport/outbox_waits", outbox_waits, {"nova messenger transports"}},
  {"upkeep/overdue", upkeep_overdue, {"nova run --roles jobs"}},
  {"upkeep/failed", upkeep_failed, {"nova maintenance history ", "task"}},
  {"schedule/overdue",
   schedule_overdue,
   {"psql \"$DATABASE_URL\" -c 'select messenger_run_schedules()'"}},
  {"sync/retry_overdue", retry_overdue, {"nova sync retries"}},
  {"alert/mail_refused",
   alert_mail_refused,
   {"correct NOVA_SMTP_URL, then: nova alerts test, nova alerts channels resume smtp"}},
  {"alert/paused", alert_paused, {"nova alerts channels resume ", "name"}},
  {"alert/unsent", alert_unsent, {"nova alerts history"}},
  {"upkeep/needs_owner", upkeep_needs_owner, {"set NOVA_MAINTENANCE_URL on nodes that run jobs"}},
};

} // namespace

std::span<const sentence> sentences_of_jobs() {
  return of_jobs;
}

} // namespace nova::pg
