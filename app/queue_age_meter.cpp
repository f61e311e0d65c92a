#include "app/queue_age_meter.hpp"

#include "app/work_queues.hpp"
#include "base/log.hpp"
#include "pg/email_rejects.hpp"
#include "pg/error.hpp"
#include "pg/queue_ages.hpp"

#include <chrono>
#include <map>
#include <memory>

namespace nova::app {
namespace {

constexpr base::log log{"QueueAges"};

constexpr std::chrono::seconds interval{15};

class queue_ages_state : public queue_ages_actor::base {
public:
  queue_ages_state(caf::actor_config& config, base::directory_slot slot, std::string url,
                   queue_age_metrics metrics)
    : queue_ages_actor::base(config), slot_(std::move(slot)), url_(std::move(url)),
      metrics_(std::move(metrics)) {}

  const char* name() const override {
    return "queue_ages";
  }

  queue_ages_actor::behavior_type make_behavior() override {
    send(this, measure_queue_ages{});
    return {
      [this](measure_queue_ages) { measure(); },
    };
  }

private:
  void measure() {
    slot_.doing("asking how long work has waited");
    try {
      if (!conn_)
        conn_ = std::make_unique<pg::connection>(settings());
      for (const auto& [queue, seconds] : pg::queue_ages(*conn_))
        if (auto shown = metrics_.by_queue.find(queue); shown != metrics_.by_queue.end())
          shown->second.set(seconds);
      measure_rejects();
      failed_ = false;
    } catch (const pg::error& failure) {
      conn_.reset();
      if (!std::exchange(failed_, true))
        log.warn("cannot measure the age of the queues", {{"reason", failure.what()}});
    }
    slot_.doing("waiting");
    slot_.handled();
    delayed_send(this, interval, measure_queue_ages{});
  }

  void measure_rejects() {
    std::map<std::string, uint64_t> counts{{"message", 0}, {"thread", 0}, {"folder", 0}};
    for (const auto& row : pg::count_rejects(*conn_))
      counts[row.kind] += row.count;
    for (const auto& [kind, count] : counts)
      if (auto shown = metrics_.rejects.find(kind); shown != metrics_.rejects.end())
        shown->second.set(static_cast<double>(count));
  }

  pg::connection_settings settings() const {
    pg::connection_settings made;
    made.url = url_;
    made.prepare = false; // four statements a minute
    return made;
  }

  base::directory_slot slot_;
  std::string url_; // may hold a password; stays here
  queue_age_metrics metrics_;
  std::unique_ptr<pg::connection> conn_;
  bool failed_ = false;
};

} // namespace

queue_age_metrics::queue_age_metrics(base::metrics& all) {
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
}

queue_ages_actor spawn_queue_ages(caf::actor_system& system, base::directory_slot slot,
                                  std::string url, queue_age_metrics metrics) {
  return system.spawn<queue_ages_state, caf::detached>(std::move(slot), std::move(url),
                                                       std::move(metrics));
}

} // namespace nova::app
