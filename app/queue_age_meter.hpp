#pragma once

#include "actors/directory.hpp"
#include "base/metrics.hpp"
#include "messages/timer.hpp"

#include <caf/actor_system.hpp>

#include <map>
#include <string>

namespace nova::app {

/// `nova_queue_age_seconds`: what an autoscaler follows, `nova_email_rejects`, `nova_mail_days`,
/// the attachments and the messages that wait. Default-made, it shows nothing.
struct queue_age_metrics {
  queue_age_metrics() = default;
  explicit queue_age_metrics(base::metrics& all);

  std::map<std::string, base::gauge> by_queue;
  std::map<std::string, base::gauge> rejects; // by kind
  std::map<std::string, base::gauge> days;    // by the state of their certificate
  base::gauge attachments_waiting, attachments_failing;
  base::gauge messages_ready, messages_next; // of the messenger
};

/// Detached: asks the database every 15 seconds, over a connection of its own, how long the oldest
/// work has waited, how much of the provider's mail cannot be read, how many attachments wait for
/// their bytes and how long messages of the messenger have, and every minute what the certificates
/// say. One node of the cluster is enough,
/// so it belongs to the role `completion`. While the database is away the figures stay.
untold_actor spawn_queue_ages(caf::actor_system& system, directory_slot slot, std::string url,
                              queue_age_metrics metrics);

} // namespace nova::app
