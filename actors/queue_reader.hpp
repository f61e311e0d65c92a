#pragma once

#include "actors/actor_metrics.hpp"
#include "actors/observed_actor.hpp"
#include "actors/query.hpp"
#include "actors/queue_work.hpp"
#include "actors/read_queue.hpp"
#include "actors/wakeups.hpp"
#include "messages/timer.hpp"

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/typed_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <chrono>
#include <set>
#include <string>
#include <vector>

namespace nova {

/// Takes wakeups that a queue has something.
using queue_reader_actor = caf::typed_actor<caf::reacts_to<queue_woken>>;

struct queue_reader_settings {
  std::string queue;
  queue_content content = queue_content::jobs;
  /// BATCH_SIZE: messages a read.
  uint32_t batch = 10;
  /// VISIBILITY_TIMEOUT: how long a message stays hidden from others.
  std::chrono::seconds visibility{300};
  /// POLL_INTERVAL_MS: reads even when no wakeup came.
  std::chrono::milliseconds poll{5000};
  /// Messages in the hands of workers; nothing is read beyond it.
  uint32_t in_hand_max = 64;
  /// After so many deliveries a message that fails goes to the archive.
  int32_t tries_max = 3;
  /// TESTING_MODE: works without deleting.
  bool keep = false;
  /// Of this node's incarnation; 0 outside a cluster.
  int64_t epoch = 0;
  queue_metrics metrics;
};

/// Reads one queue and hands what it finds to `work`. Woken by wakeups; the poll is the guarantee.
struct queue_reader_state : observed {
  static inline const char* name = "queue_reader";

  explicit queue_reader_state(queue_reader_actor::pointer self) : observed(self), self(self) {}

  /// There may be something to read.
  void wake();
  void look();
  void poll();
  void freed(int64_t id);
  void drain();

  queue_reader_actor::pointer self;
  database_actor database;
  queue_work_actor work;
  queue_reader_settings settings;
  std::set<int64_t> in_hand; // ids
  bool reading = false;
  bool doubtful = false; // what the last read took is not known
  bool woken = false;    // since the read began
  bool draining = false; // finishes what is in hand, reads nothing
  bool more = true;      // the last read was full, or a wakeup came since
  timer next_poll{self};

private:
  void hand_out(std::vector<queue_message>& batch, uint32_t asked);
  void settle(const queue_message& message, const work_ended& ended);
  template <class Query>
  void settle_with(Query query, int64_t id);
  void poll_after(std::chrono::milliseconds delay);
};

queue_reader_actor::behavior_type
queue_reader(observed_pointer<queue_reader_actor, queue_reader_state> self, directory_slot slot,
             database_actor database, queue_work_actor work, queue_reader_settings settings);

} // namespace nova
