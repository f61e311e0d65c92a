#include "actors/mail_store.hpp"

#include "actors/mail_batch.hpp"
#include "actors/promised_answer.hpp"
#include "mail/attachments.hpp"
#include "messages/error_code.hpp"

#include <caf/actor_system.hpp>
#include <caf/stateful_actor.hpp>

#include <utility>

namespace nova {
namespace {

size_t bytes_of(const store_messages& request) {
  size_t bytes = 0;
  for (const auto& message : request.messages)
    bytes += message.body.size() + message.attachments.size() + 500;
  for (const auto& reject : request.rejects)
    bytes += reject.raw.size() + 500;
  return bytes;
}

size_t rows_of(const store_messages& request) {
  return request.messages.size() + request.deleted.size() + request.rejects.size();
}

} // namespace

bool mail_store_state::full() const {
  return messages_waiting >= limits.messages || bytes_waiting >= limits.bytes;
}

caf::result<messages_stored> mail_store_state::add(store_messages&& request) {
  if (waiting.size() >= limits.items_max)
    return ec::overloaded;
  if (!limits.attachments_listed)
    for (auto& message : request.messages)
      leave_out_attachments(message);
  messages_waiting += rows_of(request);
  bytes_waiting += bytes_of(request);
  auto answer = owe_answer<messages_stored>(self);
  waiting.emplace_back(std::move(request), answer);
  if (full())
    write_batch();
  if (!waiting.empty() && !flush.is_set())
    flush.after(limits.delay, [this] { write_batch(); });
  count_waiting();
  return answer;
}

void mail_store_state::write_batch() {
  // At the bound the batch simply grows; the end of a running one starts the next.
  if (waiting.empty() || in_flight >= limits.batches_in_flight)
    return;
  std::vector<store_messages> batch;
  std::vector<std::pair<promise, mail_origin>> askers;
  size_t messages = 0;
  size_t bytes = 0;
  while (!waiting.empty() && messages < limits.messages && bytes < limits.bytes) {
    auto& [request, answer] = waiting.front();
    messages += rows_of(request);
    bytes += bytes_of(request);
    askers.emplace_back(std::move(answer), request.origin);
    batch.push_back(std::move(request));
    waiting.pop_front();
  }
  messages_waiting -= messages;
  bytes_waiting -= bytes;
  ++in_flight;
  count_waiting();
  limits.metrics.batch_messages.observe(static_cast<double>(messages));
  auto began = self->system().clock().now();
  ask(self, database, write_mail{std::move(batch), limits.metrics.decisions})
    .then(
      [this, askers, began](const std::vector<messages_stored>& stored) {
        limits.metrics.write_seconds.observe(self->system().clock().now() - began);
        for (size_t i = 0; i < askers.size(); ++i) {
          const auto& result = stored.at(i);
          const auto& [asker, origin] = askers[i];
          count(result, origin);
          if (!result.refused.empty())
            asker.deliver(caf::make_error(ec::database_refused, result.refused));
          else if (!result.claim_accepted)
            asker.deliver(caf::make_error(ec::stale_claim));
          else
            asker.deliver(result);
        }
        batch_ended();
      },
      [this, askers](const caf::error& reason) {
        for (const auto& [asker, origin] : askers)
          asker.deliver(reason);
        batch_ended();
      });
}

void mail_store_state::count_waiting() const {
  slot.holds(waiting.size());
  limits.metrics.waiting.set(static_cast<double>(waiting.size()));
}

void mail_store_state::count(const messages_stored& stored, mail_origin origin) const {
  limits.metrics.messages.at(static_cast<size_t>(origin)).add(stored.written);
  if (!stored.refused.empty() || !stored.claim_accepted)
    limits.metrics.refused.add();
}

void mail_store_state::batch_ended() {
  --in_flight;
  // What came while the database was busy has waited long enough.
  if (full() || !flush.is_set())
    write_batch();
}

mail_store_actor::behavior_type
mail_store(observed_pointer<mail_store_actor, mail_store_state> self, directory_slot slot,
           database_actor database, mail_store_limits limits) {
  self->state.slot = std::move(slot);
  self->state.database = std::move(database);
  self->state.limits = limits;
  return {
    [self](store_messages& request) { return self->state.add(std::move(request)); },
  };
}

std::string to_string(mail_origin origin) {
  switch (origin) {
    case mail_origin::backfill: return "backfill";
    case mail_origin::webhook: return "webhook";
    case mail_origin::reconcile: return "reconcile";
    case mail_origin::refetch: return "refetch";
  }
  return "unknown";
}

} // namespace nova
