#include "actors/actor_metrics.hpp"

#include "nylas/pacing.hpp"

#include <map>
#include <utility>
#include <vector>

namespace nova {
namespace {

using labels = std::map<std::string, std::string>;

/// One series a name, in the order of the names.
template <size_t Count>
std::array<base::counter, Count> counters(base::metrics& all, const base::metric_name& which,
                                          const std::string& label,
                                          const char* const (&names)[Count]) {
  std::array<base::counter, Count> made;
  for (size_t i = 0; i < Count; ++i) {
    auto one = which;
    one.labels.emplace(label, names[i]);
    made[i] = all.counter_of(one);
  }
  return made;
}

} // namespace

pool_metrics::pool_metrics(base::metrics& all)
  : wait_seconds(all.histogram_of(
    {"nova_database_wait_seconds", "How long a job waited for a connection of the pool.", {}})),
    job_seconds(
      all.histogram_of({"nova_database_job_seconds", "How long a job had its connection.", {}})),
    waiting(all.gauge_of(
      {"nova_database_jobs_waiting", "Jobs that wait for a connection or for another try.", {}})),
    retries(all.counter_of({"nova_database_retries_total",
                            "Jobs that met a lost connection or a COMMIT in doubt.",
                            {}})) {}

call_metrics::call_metrics(base::metrics& all)
  : calls(counters(all, {"nova_api_calls_total", "Answers of the API by what they mean.", {}},
                   "result",
                   {"ok", "throttle", "transient", "auth", "gone", "stale_cursor", "bad_item"})),
    unanswered(all.counter_of(
      {"nova_api_calls_total", "Answers of the API by what they mean.", {{"result", "not_made"}}})),
    call_seconds(all.histogram_of(
      {"nova_api_call_seconds", "How long a call of the API took, without its wait.", {}})) {
  const char* const lanes[] = {"live", "backfill", "background"};
  for (size_t i = 0; i < permit_seconds.size(); ++i)
    permit_seconds[i] = all.histogram_of({"nova_api_permit_seconds",
                                          "How long a call waited for the pace of its grant.",
                                          {{"lane", lanes[i]}}});
}

store_metrics::store_metrics(base::metrics& all)
  : messages(counters(all, {"nova_mail_messages_total", "Messages whose write is committed.", {}},
                      "origin", {"backfill", "webhook", "reconcile", "refetch"})),
    decisions(counters(all, {"nova_mail_decisions_total", "What observations did to messages.", {}},
                       "decision",
                       {"inserted", "replaced", "confirmed", "ignored", "doubtful", "deleted"})),
    refused(all.counter_of(
      {"nova_mail_refused_total", "Writes that the server refused or whose claim was stale.", {}})),
    batch_messages(all.histogram_of({"nova_mail_batch_messages", "Messages a transaction.", {}},
                                    {0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000})),
    write_seconds(all.histogram_of({"nova_mail_write_seconds", "How long a batch took.", {}})),
    waiting(all.gauge_of({"nova_mail_items_waiting", "Writes that wait for a batch.", {}})) {}

thread_metrics::thread_metrics(base::metrics& all)
  : ended(counters(all, {"nova_threads_total", "Ends of thread syncs.", {}}, "outcome",
                   {"synced", "retry", "later", "failed", "stale"})),
    crashed(
      all.counter_of({"nova_threads_total", "Ends of thread syncs.", {{"outcome", "crashed"}}})),
    running(all.gauge_of({"nova_threads_running", "Threads being synced.", {}})),
    claim_seconds(
      all.histogram_of({"nova_thread_claim_seconds", "How long a claim of threads took.", {}})) {}

notification_metrics::notification_metrics(base::metrics& all)
  : handled(counters(all, {"nova_notifications_total", "Tries of notifications by their end.", {}},
                     "outcome", {"processed", "ignored", "error"})),
    retried(all.counter_of({"nova_notifications_total",
                            "Tries of notifications by their end.",
                            {{"outcome", "retried"}}})),
    effect_seconds(all.histogram_of({"nova_notification_effect_seconds",
                                     "From a notification's arrival to its committed effect.",
                                     {}})) {}

attachment_metrics::attachment_metrics(base::metrics& all)
  : stored(all.counter_of({"nova_attachments_total",
                           "Fetches of attachments' bytes by their end.",
                           {{"outcome", "stored"}}})),
    stored_bytes(
      all.counter_of({"nova_attachment_bytes_total", "Bytes of attachments that came.", {}})),
    ended(counters(all,
                   {"nova_attachments_total", "Fetches of attachments' bytes by their end.", {}},
                   "outcome", {"later", "failed", "gone", "too_large"})) {}

backfill_metrics::backfill_metrics(base::metrics& all)
  : left_seconds(all.gauge_of({"nova_backfill_left_seconds",
                               "How long the running backfill that takes longest takes still.",
                               {}})) {
  std::vector<std::string> reasons{"queue", "inbox", "provider"};
  for (size_t i = 0; i < nylas::pace_limits_count; ++i)
    reasons.push_back(to_string(static_cast<nylas::pace_limit>(i)));
  for (const auto& reason : reasons)
    by_binds.emplace(reason, all.gauge_of({"nova_backfills_running",
                                           "Backfills that run, by what they wait for most.",
                                           {{"binds", reason}}}));
}

void backfill_metrics::clear() const {
  left_seconds.set(0);
  for (const auto& [reason, gauge] : by_binds)
    gauge.set(0);
}

queue_metrics::queue_metrics(base::metrics& all, const std::string& queue)
  : read_seconds(
    all.histogram_of({"nova_queue_read_seconds", "How long a read took.", {{"queue", queue}}})),
    read(all.counter_of(
      {"nova_queue_messages_read_total", "Messages that were read.", {{"queue", queue}}})),
    settled(
      counters(all,
               {"nova_queue_messages_settled_total",
                "What readers did with messages that were not acknowledged with their effect.",
                {{"queue", queue}}},
               "fate", {"removed", "archived", "retried"})),
    in_hand(all.gauge_of(
      {"nova_queue_messages_in_hand", "Messages being worked on.", {{"queue", queue}}})) {}

std::function<void()> directory_metrics(base::metrics& all,
                                        std::shared_ptr<const actor_directory> directory) {
  struct gauges {
    base::gauge actors, waiting, restarts, parked;
  };
  auto failures =
    all.gauge_of({"nova_actor_failures", "Abnormal ends of actors since the node started.", {}});
  return [&all, directory = std::move(directory), failures,
          known = std::map<std::string, gauges>{}]() mutable {
    struct sums {
      uint64_t actors = 0, waiting = 0, restarts = 0, parked = 0;
    };
    std::map<std::string, sums> by_kind;
    // A kind whose last actor has ended shows zero.
    for (const auto& [kind, shown] : known)
      by_kind[kind] = {};
    for (const auto& row : directory->snapshot()) {
      auto& sum = by_kind[row.name.kind];
      ++sum.actors;
      sum.waiting += row.waiting;
      sum.restarts += row.restarts;
      sum.parked += row.parked ? 1 : 0;
    }
    for (const auto& [kind, sum] : by_kind) {
      auto found = known.find(kind);
      if (found == known.end()) {
        labels of{{"kind", kind}};
        found =
          known
            .emplace(
              kind, gauges{all.gauge_of({"nova_actors", "Actors of a kind.", of}),
                           all.gauge_of({"nova_actor_messages_waiting",
                                         "Messages that wait for actors, where the "
                                         "actor counts them.",
                                         of}),
                           all.gauge_of(
                             {"nova_actor_restarts", "Restarts of the actors that are there.", of}),
                           all.gauge_of({"nova_actors_parked", "Actors that are parked now.", of})})
            .first;
      }
      found->second.actors.set(static_cast<double>(sum.actors));
      found->second.waiting.set(static_cast<double>(sum.waiting));
      found->second.restarts.set(static_cast<double>(sum.restarts));
      found->second.parked.set(static_cast<double>(sum.parked));
    }
    auto recorded = directory->failures();
    failures.set(recorded.empty() ? 0 : static_cast<double>(recorded.back().number));
  };
}

} // namespace nova
