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

constexpr sentence of_jobs[] = {
  {"upkeep/overdue", upkeep_overdue, {"nova run --roles jobs"}},
  {"upkeep/failed", upkeep_failed, {"nova maintenance history ", "task"}},
  {"upkeep/needs_owner", upkeep_needs_owner, {"set NOVA_MAINTENANCE_URL on nodes that run jobs"}},
};

} // namespace

std::span<const sentence> sentences_of_jobs() {
  return of_jobs;
}

} // namespace nova::pg
