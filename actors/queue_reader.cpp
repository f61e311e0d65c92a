#include "actors/queue_reader.hpp"

#include "actors/read_queue.hpp"
#include "base/log.hpp"
#include "messages/error_code.hpp"
#include "messages/timed_request.hpp"
#include "pg/queue/queue_archive_leased.hpp"
#include "pg/queue/queue_delete_leased.hpp"
#include "pg/queue/queue_extend_leased.hpp"

#include <caf/stateful_actor.hpp>

#include <algorithm>

namespace nova {
namespace {

constexpr base::log queue_reader_log{"QueueReader"};

using namespace std::chrono_literals;

} // namespace

void queue_reader_state::wake() {
  more = true;
  woken = true;
  look();
}

void queue_reader_state::look() {
  auto held = static_cast<uint32_t>(in_hand.size());
  auto credit = settings.in_hand_max > held ? settings.in_hand_max - held : 0;
  auto asked = std::min(settings.batch, credit);
  if (draining || reading || !more || asked == 0)
    return;
  reading = true;
  woken = false;
  auto visibility = static_cast<uint32_t>(settings.visibility.count());
  read_queue query{settings.queue, settings.content, visibility, asked, settings.epoch, doubtful};
  if (settings.epoch != 0)
    query.held.assign(in_hand.begin(), in_hand.end());
  constexpr auto what = "read its queue";
  ask(self, database, std::move(query))
    .then(
      [this, asked, began = self->clock().now()](std::vector<queue_message>& batch) {
        could(queue_reader_log, what);
        settings.metrics.read_seconds.observe(self->clock().now() - began);
        settings.metrics.read.add(static_cast<double>(batch.size()));
        doubtful = false;
        hand_out(batch, asked);
      },
      [this](const caf::error& reason) {
        reading = false;
        doubtful = true;
        could_not(queue_reader_log, what, describe(reason));
        if (draining)
          drain();
        else
          poll_after(retry_pause);
      });
}

void queue_reader_state::hand_out(std::vector<queue_message>& batch, uint32_t asked) {
  reading = false;
  if (draining && batch.empty()) {
    drain();
    return;
  }
  // What a wakeup meant may have come after the read.
  more = batch.size() >= asked || woken;
  if (!batch.empty())
    queue_reader_log.debug("read", {{"queue", settings.queue}, {"messages", batch.size()}});
  for (auto& message : batch) {
    in_hand.insert(message.id);
    settings.metrics.in_hand.set(static_cast<double>(in_hand.size()));
    timed_request(self, work, settings.visibility, message)
      .then(
        [this, message](const work_ended& ended) {
          if (ended.settled)
            freed(message.id);
          else
            settle(message, ended);
        },
        [this, message](const caf::error& reason) {
          bool again = message.read_ct < settings.tries_max || blameless(reason);
          settle(message, {again ? message_disposition::retried : message_disposition::archived,
                           false, describe(reason)});
        });
  }
  if (more)
    look();
  else
    poll_after(settings.poll);
}

void queue_reader_state::settle(const queue_message& message, const work_ended& ended) {
  if (ended.disposition != message_disposition::removed)
    queue_reader_log.warn(ended.disposition == message_disposition::archived
                            ? "message given up"
                            : "message will be retried",
                          {{"queue", settings.queue},
                           {"message", message.id},
                           {"try", message.read_ct},
                           {"reason", ended.reason}});
  if (settings.keep) {
    freed(message.id);
    return;
  }
  settings.metrics.settled.at(static_cast<size_t>(ended.disposition)).add();
  auto [id, read_ct] = std::pair{message.id, message.read_ct};
  switch (ended.disposition) {
    case message_disposition::removed:
      settle_with(pg::queue_delete_leased{settings.queue, {id}, {read_ct}}, id);
      return;
    case message_disposition::archived:
      settle_with(pg::queue_archive_leased{settings.queue, {id}, {read_ct}, ended.reason}, id);
      return;
    case message_disposition::retried:
      settle_with(pg::queue_extend_leased{settings.queue, {id}, {read_ct}, retry_delay_s(read_ct)},
                  id);
      return;
  }
}

/// Without an answer the message shows itself again when its visibility time is over.
template <class Query>
void queue_reader_state::settle_with(Query query, int64_t id) {
  ask(self, database, std::move(query))
    .then([this, id](uint64_t) { freed(id); },
          [this, id](const caf::error& reason) {
            queue_reader_log.warn("message not settled", {{"queue", settings.queue},
                                                          {"message", id},
                                                          {"reason", describe(reason)}});
            freed(id);
          });
}

void queue_reader_state::freed(int64_t id) {
  in_hand.erase(id);
  settings.metrics.in_hand.set(static_cast<double>(in_hand.size()));
  if (draining)
    drain();
  else
    look();
}

void queue_reader_state::drain() {
  draining = true;
  doing("draining: " + std::to_string(in_hand.size()) + " messages in hand");
  if (in_hand.empty() && !reading)
    self->quit(caf::exit_reason::user_shutdown);
}

void queue_reader_state::poll_after(std::chrono::milliseconds delay) {
  next_poll.after(delay, [this] { poll(); });
}

void queue_reader_state::poll() {
  more = true;
  look();
  poll_after(settings.poll);
}

queue_reader_actor::behavior_type
queue_reader(observed_pointer<queue_reader_actor, queue_reader_state> self, directory_slot slot,
             database_actor database, queue_work_actor work, queue_reader_settings settings) {
  self->state.slot = std::move(slot);
  self->state.database = std::move(database);
  self->state.work = std::move(work);
  self->state.settings = std::move(settings);
  self->state.doing("reads queue " + self->state.settings.queue);
  self->set_exit_handler([self](caf::exit_msg& exit) {
    if (exit.reason == caf::exit_reason::user_shutdown)
      self->state.drain();
    else if (exit.reason)
      self->quit(exit.reason);
  });
  self->state.settings.metrics.in_hand.set(0); // of an earlier life
  self->send(self, queue_woken{});
  return {
    [self](const queue_woken&) { self->state.wake(); },
  };
}

std::string to_string(message_disposition disposition) {
  switch (disposition) {
    case message_disposition::removed: return "removed";
    case message_disposition::archived: return "archived";
    case message_disposition::retried: return "retried";
  }
  return "unknown";
}

} // namespace nova
