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

std::string schedule_overdue(const facts& known) {
  return fmt::format("it is overdue for {} s: nobody sends its messages ({})",
                     known.text("seconds"), known.text("type"));
}

std::string transport_stands_still(const facts& known) {
  return fmt::format("{} messages may be claimed and nobody does, for {} s", known.text("count"),
                     known.text("seconds"));
}

std::string retry_overdue(const facts& known) {
  return known.text("count") + " retries are due since then, and nobody runs them";
}

std::string transport_dead_letters(const facts& known) {
  return fmt::format("{} messages were given up within an hour, the last: {}", known.text("count"),
                     known.text("reason"));
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
  {"upkeep/overdue", upkeep_overdue, {"nova run --roles jobs"}},
  {"upkeep/failed", upkeep_failed, {"nova maintenance history ", "task"}},
  {"schedule/overdue",
   schedule_overdue,
   {"psql \"$DATABASE_URL\" -c 'select messenger_run_schedules()'"}},
  {"transport/stands_still", transport_stands_still, {"nova messenger stats"}},
  {"sync/retry_overdue", retry_overdue, {"nova sync retries"}},
  {"transport/dead_letters",
   transport_dead_letters,
   {"nova messenger failed list --transport ", "transport"}},
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
