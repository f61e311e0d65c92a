#include "alerts/alert_rules.hpp"

#include "base/json_text.hpp"

#include <algorithm>
#include <chrono>
#include <string_view>

namespace nova::alerts {
namespace {

using namespace std::chrono_literals;

struct rule {
  std::string_view finding, alert;
  std::chrono::seconds least{0}; // so long it may last untold
};

constexpr rule rules[] = {
  {"inbox/not_allowed", "grant_expired"},
  {"inbox/differs", "certificate_broken"},
  {"provider/refuses_key", "provider_unreachable", 60s},
  {"provider/out_of_reach", "provider_unreachable", 60s},
  {"inbox/out_of_reach", "provider_unreachable", 300s},
  {"webhooks/endpoint_down", "webhook_failing", 60s},
  {"node/dead", "node_lost", 10s},
  {"node/lease_ran_out", "node_lost", 30s},
  {"queue/given_up", "dead_letters"},
  {"messages/given_up", "dead_letters"},
  {"webhooks/in_error", "dead_letters"},
  {"backfill/lost_threads", "dead_letters"},
  {"queue/stands_still", "queue_stuck", 300s},
  {"transport/stands_still", "queue_stuck", 300s},
  {"schedule/overdue", "jobs_overdue", 300s},
  {"upkeep/overdue", "jobs_overdue", 300s},
  {"sync/retry_overdue", "jobs_overdue", 300s},
  {"upkeep/failed", "upkeep_failed"},
  {"role/missing", "role_missing", 120s},
  {"inbox/not_swept", "inbox_late"},
};
// Is told as the event that it is, or is about telling itself.
constexpr std::string_view never[] = {"backfill/failed", "alert/mail_refused"};
constexpr rule other{"", "critical", 60s};

const rule* rule_of(const pg::trouble& one) {
  if (std::ranges::count(never, one.kind) > 0 || one.said.level > base::finding_level::warning)
    return nullptr;
  const auto* found = std::ranges::find(rules, one.kind, &rule::finding);
  if (found != std::ranges::end(rules))
    return found;
  return one.said.level == base::finding_level::critical ? &other : nullptr;
}

} // namespace

std::vector<std::string> alert_kinds() {
  // Those that the database raises by itself.
  std::vector<std::string> all = {"backfill_done", "backfill_failed", "sync_failed"};
  all.emplace_back(other.alert);
  for (const auto& one : rules)
    all.emplace_back(one.alert);
  std::ranges::sort(all);
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

pg::watch_alerts alerts_of(const std::vector<pg::trouble>& troubles, base::wall_time now) {
  pg::watch_alerts all;
  for (const auto& one : troubles) {
    const auto* how = rule_of(one);
    base::wall_time since{std::chrono::microseconds{one.since_us}};
    if (how == nullptr || now - since < how->least)
      continue;
    all.kinds.emplace_back(how->alert);
    all.keys.push_back(one.said.what);
    all.severities.emplace_back(one.said.level == base::finding_level::critical ? "critical"
                                                                                : "warning");
    all.titles.push_back(one.said.what + ": " + one.said.text);
    all.details.push_back("{\"finding\":" + base::json_string(one.kind)
                          + ",\"since\":" + base::json_string(one.said.since)
                          + ",\"next\":" + base::json_string(one.said.next) + '}');
  }
  return all;
}

} // namespace nova::alerts
