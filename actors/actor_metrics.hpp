#pragma once

#include "actors/directory.hpp"
#include "base/metrics.hpp"

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <string>

/// What actors count for `/metrics`; see docs/http.md. Made by default they count nothing, for
/// tests. Each array is indexed by the enum that its comment names.
namespace nova {

struct pool_metrics {
  explicit pool_metrics(base::metrics& all);
  pool_metrics() = default;

  base::histogram wait_seconds; // until a connection was free
  base::histogram job_seconds;
  base::gauge waiting;
  base::counter retries;
};

struct call_metrics {
  explicit call_metrics(base::metrics& all);
  call_metrics() = default;

  std::array<base::counter, 7> calls; // nylas::verdict
  base::counter unanswered;           // the HTTP client was away or full
  base::histogram call_seconds;
  std::array<base::histogram, 3> permit_seconds; // call_lane: until its grant's pace let it through
};

/// What observations did to messages: inserted, replaced, confirmed, ignored, doubtful, deleted.
using decision_counters = std::array<base::counter, 6>;

struct store_metrics {
  explicit store_metrics(base::metrics& all);
  store_metrics() = default;

  std::array<base::counter, 4> messages; // mail_origin
  decision_counters decisions;
  base::counter refused;
  base::histogram batch_messages;
  base::histogram write_seconds;
  base::gauge waiting;
};

struct thread_metrics {
  explicit thread_metrics(base::metrics& all);
  thread_metrics() = default;

  std::array<base::counter, 5> ended; // thread_outcome
  base::counter crashed;
  base::gauge running;
  base::histogram claim_seconds;
};

struct notification_metrics {
  explicit notification_metrics(base::metrics& all);
  notification_metrics() = default;

  std::array<base::counter, 3> handled; // notification_status
  base::counter retried;
  base::histogram effect_seconds; // from its arrival to its committed effect
};

struct attachment_metrics {
  explicit attachment_metrics(base::metrics& all);
  attachment_metrics() = default;

  base::counter stored, stored_bytes;
  std::array<base::counter, 4> ended; // attachment_outcome
};

struct backfill_metrics {
  explicit backfill_metrics(base::metrics& all);
  backfill_metrics() = default;

  /// Where nothing is looked at any more.
  void clear() const;

  base::gauge left_seconds; // of the one that takes longest
  std::map<std::string, base::gauge> by_binds;
};

struct queue_metrics {
  queue_metrics(base::metrics& all, const std::string& queue);
  queue_metrics() = default;

  base::histogram read_seconds;
  base::counter read;
  std::array<base::counter, 3>
    settled; // message_disposition; not those that a worker settles itself
  base::gauge in_hand;
};

/// To be called before the metrics are shown: how many actors of each kind a node has, how many
/// messages wait for them, how often they were restarted and failed.
std::function<void()> directory_metrics(base::metrics& all,
                                        std::shared_ptr<const actor_directory> directory);

} // namespace nova
