#include "app/queue_age_meter.hpp"

#include "actors/observed_actor.hpp"
#include "app/work_queues.hpp"
#include "base/log.hpp"
#include "pg/email/count_days.hpp"
#include "pg/email/count_rejects.hpp"
#include "pg/email/queue_ages.hpp"
#include "pg/email/waiting_attachments.hpp"
#include "pg/error.hpp"
#include "pg/messenger/messenger_ages.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <chrono>
#include <map>
#include <memory>
#include <optional>

namespace nova::app {
namespace {

constexpr base::log queue_age_meter_log{"QueueAges"};

constexpr std::chrono::seconds age_interval{15};
constexpr uint32_t looks_a_minute = 4;

constexpr double nothing_due = -1;

struct queue_ages_state : observed {
  static inline const char* name = "queue_ages";

  explicit queue_ages_state(untold_actor::pointer self) : observed(self), self(self) {}

  void measure() {
    doing("asking how long work has waited");
    try {
      if (!conn)
        conn = std::make_unique<pg::connection>(settings());
      for (const auto& [queue, seconds] : pg::queue_ages{}.run(*conn))
        if (auto shown = metrics.by_queue.find(queue); shown != metrics.by_queue.end())
          shown->second.set(seconds);
      measure_rejects();
      // A million days take a moment to count.
      if (looks++ % looks_a_minute == 0)
        measure_days();
      measure_attachments();
      measure_messages();
      failed = false;
    } catch (const pg::error& failure) {
      conn.reset();
      if (!std::exchange(failed, true))
        queue_age_meter_log.warn("cannot measure the age of the queues",
                                 {{"reason", failure.what()}});
    }
    doing("");
    next_look.after(age_interval, [this] { measure(); });
  }

  void measure_rejects() {
    std::map<std::string, uint64_t> counts{{"message", 0}, {"thread", 0}, {"folder", 0}};
    for (const auto& row : pg::count_rejects{}.run(*conn))
      counts[row.kind] += row.count;
    for (const auto& [kind, count] : counts)
      if (auto shown = metrics.rejects.find(kind); shown != metrics.rejects.end())
        shown->second.set(static_cast<double>(count));
  }

  void measure_days() {
    auto counts = pg::count_days{}.run(*conn);
    for (auto& [state, shown] : metrics.days)
      shown.set(static_cast<double>(counts[state]));
  }

  void measure_attachments() {
    auto counts = pg::waiting_attachments{}.run(*conn);
    metrics.attachments_waiting.set(static_cast<double>(counts.waiting));
    metrics.attachments_failing.set(static_cast<double>(counts.failing));
  }

  void measure_messages() {
    double ready = 0;
    std::optional<double> next;
    for (const auto& one : pg::messenger_ages{}.run(*conn)) {
      ready = std::max(ready, one.ready_s);
      if (one.next_s)
        next = std::min(next.value_or(*one.next_s), *one.next_s);
    }
    metrics.messages_ready.set(ready);
    metrics.messages_next.set(next.value_or(nothing_due));
  }

  [[nodiscard]] pg::connection_settings settings() const {
    pg::connection_settings made;
    made.url = url;
    made.prepare = false; // twenty statements a minute
    return made;
  }

  untold_actor::pointer self;
  std::string url; // may hold a password; stays here
  queue_age_metrics metrics;
  std::unique_ptr<pg::connection> conn;
  timer next_look{self};
  uint32_t looks = 0;
  bool failed = false;
};

untold_actor::behavior_type queue_ages(observed_pointer<untold_actor, queue_ages_state> self,
                                       directory_slot slot, std::string url,
                                       queue_age_metrics metrics) {
  self->state.slot = std::move(slot);
  self->state.url = std::move(url);
  self->state.metrics = std::move(metrics);
  // Its first look may take as long as a connection does: not while its supervisor waits for it.
  self->state.next_look.after(std::chrono::milliseconds{0},
                              [state = &self->state] { state->measure(); });
  return untold();
}

} // namespace

queue_age_metrics::queue_age_metrics(base::metrics& all)
  : attachments_waiting(
    all.gauge_of({"nova_attachments_waiting", "Attachments whose bytes are to be fetched.", {}})),
    attachments_failing(all.gauge_of(
      {"nova_attachments_failing", "Of these, those that failed five times or more.", {}})),
    messages_ready(all.gauge_of({"nova_messages_ready_age_seconds",
                                 "How long the message that is next has waited, of the transport "
                                 "that is worst off.",
                                 {}})),
    messages_next(all.gauge_of({"nova_messages_next_due_seconds",
                                "Until a message that waits for its time comes; -1: none does.",
                                {}})) {
  // What waits outside of queues, as the query names it.
  std::vector<std::string> waits = {"threads", "parked_notifications"};
  for (const auto& queue : work_queues())
    waits.emplace_back(queue.name);
  for (const auto& queue : waits)
    by_queue.emplace(queue, all.gauge_of({"nova_queue_age_seconds",
                                          "How long the oldest work that may be done has waited.",
                                          {{"queue", queue}}}));
  for (const auto* kind : {"message", "thread", "folder"})
    rejects.emplace(kind, all.gauge_of({"nova_email_rejects",
                                        "What the provider sent and cannot be read or stored.",
                                        {{"kind", kind}}}));
  for (const auto* state : {"unknown", "verified", "broken", "stale", "unprovable"})
    days.emplace(state, all.gauge_of({"nova_mail_days",
                                      "Days of inboxes by the state of their certificate.",
                                      {{"state", state}}}));
}

untold_actor spawn_queue_ages(caf::actor_system& system, directory_slot slot, std::string url,
                              queue_age_metrics metrics) {
  return system.spawn<caf::detached>(queue_ages, std::move(slot), std::move(url),
                                     std::move(metrics));
}

} // namespace nova::app
