#include "actors/notification_handler.hpp"

#include "actors/rejects.hpp"
#include "base/clock.hpp"
#include "base/log.hpp"
#include "messages/error_code.hpp"
#include "messages/timed_request.hpp"
#include "nylas/parse.hpp"
#include "pg/email/discover_again.hpp"
#include "pg/email/list_inboxes.hpp"
#include "pg/email/refetch_not_found.hpp"
#include "pg/email/set_inbox_status.hpp"
#include "pg/email/store_folders.hpp"

#include <caf/sec.hpp>
#include <caf/stateful_actor.hpp>
#include <fmt/format.h>

#include <utility>

namespace nova {
namespace {

constexpr base::log notification_handler_log{"Handler"};

using namespace std::chrono_literals;

// Shorter than the visibility time, so that no second handler begins while this one waits.
constexpr auto handler_call_timeout = 240s;
// More than a handler's own time-outs together.
constexpr auto handler_timeout = 600s;

} // namespace

caf::result<work_ended> notification_handler_state::handle(queue_message&& request) {
  message = std::move(request);
  began = self->clock().now();
  answer = self->make_response_promise<work_ended>();
  if (message.notification.empty() || message.payload.empty()) {
    answer.deliver(work_ended{message_disposition::archived, false,
                              "the job names no notification that is in the audit log"});
    self->quit();
    return answer;
  }
  auto parsed = nylas::parse_notification(std::move(message.payload));
  if (!parsed) {
    auto failed = effect(mail_origin::webhook);
    failed.outcome = notification_status::error;
    failed.note = to_string(parsed.error());
    acknowledge(std::move(failed));
    return answer;
  }
  notification = std::move(*parsed);
  ask(self, needs.database, pg::list_inboxes{notification.grant_id})
    .then(
      [this](const std::vector<nova::inbox>& found) {
        if (!found.empty()) {
          inbox = found.front().id;
          provider = found.front().provider;
        }
        route();
      },
      [this](const caf::error& reason) { fail(reason); });
  return answer;
}

void notification_handler_state::route() {
  using nylas::trigger;
  if (inbox.value.empty()) {
    ignore("no inbox has the grant '" + notification.grant_id + "'");
    return;
  }
  if (notification.rejected) {
    unreadable();
    return;
  }
  switch (notification.trigger) {
    case trigger::message_created:
    case trigger::message_updated: message_seen(); return;
    case trigger::message_deleted:
      notification.partial ? fetch_message() : message_deleted();
      return;
    case trigger::thread_replied: fetch_message(); return;
    case trigger::folder_created:
    case trigger::folder_updated:
    case trigger::folder_deleted: folder_changed(); return;
    case trigger::grant_created:
    case trigger::grant_updated:
    case trigger::grant_deleted:
    case trigger::grant_expired:
    case trigger::grant_imap_sync_completed: grant_changed(); return;
    case trigger::other: ignore("the type '" + notification.type + "' needs no work"); return;
  }
}

store_messages notification_handler_state::effect(mail_origin origin) const {
  store_messages request;
  request.inbox = inbox;
  request.origin = origin;
  // Nobody knows when Nylas read what it sent; only that it was before it arrived.
  request.hi = message.received_at;
  request.acknowledges = notification_claim{notification_id{message.notification}, message.id,
                                            message.read_ct, settings.keep};
  return request;
}

void notification_handler_state::unreadable() {
  auto request = effect(mail_origin::webhook);
  request.outcome = notification_status::error;
  request.note = "not readable: " + notification.rejected->reason;
  request.rejects.push_back(std::move(*notification.rejected));
  tell_rejects(inbox, request.rejects);
  acknowledge(std::move(request));
}

void notification_handler_state::message_seen() {
  if (notification.partial || notification.message.thread.value.empty()) {
    fetch_message();
    return;
  }
  if (notification.message.object != "message") {
    ignore("a draft");
    return;
  }
  auto request = effect(mail_origin::webhook);
  request.messages.push_back(std::move(notification.message));
  acknowledge(std::move(request));
}

void notification_handler_state::message_deleted() {
  auto request = effect(mail_origin::webhook);
  request.deleted.push_back(message_id{notification.object_id});
  acknowledge(std::move(request));
}

void notification_handler_state::fetch_message() {
  if (notification.object_id.empty()) {
    ignore("it names no message");
    return;
  }
  if (!message.parked) {
    park();
    return;
  }
  doing("fetching message " + notification.object_id);
  call_grant call;
  call.grant = grant_id{notification.grant_id};
  call.lane = call_lane::live;
  call.asker = slot;
  call.call = nylas::get_message(notification.grant_id, notification.object_id, provider);
  timed_request(self, needs.grants, handler_call_timeout, std::move(call))
    .then([this](api_answered& answered) { fetched(std::move(answered)); },
          [this](const caf::error& reason) { fail(reason); });
}

void notification_handler_state::park() {
  auto request = effect(mail_origin::webhook);
  request.outcome = notification_status::parked;
  acknowledge(std::move(request));
}

void notification_handler_state::fetched(api_answered&& result) {
  if (result.verdict != nylas::verdict::ok) {
    fetch_refused(result);
    return;
  }
  auto parsed = nylas::parse_message(std::move(result.body));
  if (!parsed) {
    fail(caf::make_error(ec::provider_transient, to_string(parsed.error())));
    return;
  }
  auto request = effect(mail_origin::webhook);
  request.lo = result.started_at;
  request.hi = result.answered_at;
  if (parsed->object == "message")
    request.messages.push_back(std::move(*parsed));
  acknowledge(std::move(request));
}

void notification_handler_state::fetch_refused(const api_answered& result) {
  auto reason = describe(result);
  switch (result.verdict) {
    case nylas::verdict::ok: return;
    case nylas::verdict::throttle:
    case nylas::verdict::auth:
      fail(caf::make_error(result.alone                                 ? ec::provider_transient
                           : result.verdict == nylas::verdict::throttle ? ec::rate_limited
                                                                        : ec::grant_paused,
                           reason));
      return;
    case nylas::verdict::transient:
    case nylas::verdict::stale_cursor:
      fail(caf::make_error(ec::provider_transient, reason));
      return;
    case nylas::verdict::gone:
      // A 404 right after message.created is normal; the last try believes it.
      if (notification.trigger == nylas::trigger::message_deleted)
        message_deleted();
      else if (message.read_ct < settings.tries_max)
        fail(caf::make_error(ec::provider_gone, reason));
      else
        not_there(reason);
      return;
    case nylas::verdict::bad_item: fail(caf::make_error(ec::provider_refused, reason)); return;
  }
}

/// What is stored of it needs a second 404 to be a tombstone.
void notification_handler_state::not_there(const std::string& reason) {
  refetch which{inbox, grant_id{notification.grant_id}, message_id{notification.object_id}};
  ask(self, needs.database, pg::refetch_not_found{std::move(which)})
    .then([this, reason](bool) { ignore("the message is not there any more: " + reason); },
          [this](const caf::error& failure) { fail(failure); });
}

void notification_handler_state::folder_changed() {
  const auto& seen = notification.folder;
  inbox_folder folder{inbox,
                      seen.id,
                      seen.name,
                      seen.parent_id,
                      seen.attributes,
                      seen.system_folder,
                      notification.trigger == nylas::trigger::folder_deleted};
  ask(self, needs.database, pg::store_folders{{std::move(folder)}})
    .then([this] { acknowledge(effect(mail_origin::webhook)); },
          [this](const caf::error& reason) { fail(reason); });
}

void notification_handler_state::grant_changed() {
  auto grant = grant_id{notification.grant_id};
  switch (notification.trigger) {
    case nylas::trigger::grant_expired:
      self->send(needs.grants, pause_grant{grant, "grant.expired"});
      grant_status("auth_expired", "grant.expired");
      return;
    case nylas::trigger::grant_deleted:
      self->send(needs.grants, pause_grant{grant, "grant.deleted"});
      grant_status("disabled", "grant.deleted");
      return;
    case nylas::trigger::grant_created:
    case nylas::trigger::grant_updated:
      self->send(needs.grants, resume_grant{grant});
      grant_status("active", notification.type);
      return;
    default:
      // The provider has filled its cache: what it lacked before is there now, and no notification
      // tells of old mail.
      discover_again_of(grant);
      return;
  }
}

void notification_handler_state::discover_again_of(const grant_id& grant) {
  ask(self, needs.database, pg::discover_again{grant, "notification", notification.type})
    .then(
      [this](bool) {
        if (needs.reconcile)
          self->send(needs.reconcile, look_for_sweeps{});
        acknowledge(effect(mail_origin::webhook));
      },
      [this](const caf::error& failure) { fail(failure); });
}

void notification_handler_state::grant_status(const char* status, const std::string& reason) {
  ask(self, needs.database, pg::set_inbox_status{grant_id{notification.grant_id}, status, reason})
    .then(
      [this](bool) {
        if (needs.reconcile)
          self->send(needs.reconcile, look_for_sweeps{});
        acknowledge(effect(mail_origin::webhook));
      },
      [this](const caf::error& failure) { fail(failure); });
}

void notification_handler_state::acknowledge(store_messages&& request) {
  doing("waiting until its effect is stored");
  auto took = self->clock().now() - began;
  auto status = request.outcome;
  request.handling_ms =
    static_cast<uint32_t>(std::chrono::duration_cast<std::chrono::milliseconds>(took).count());
  timed_request(self, needs.store, store_timeout, std::move(request))
    .then(
      [this, status](const messages_stored&) {
        if (status != notification_status::parked)
          count(status);
        else if (needs.parked)
          self->send(needs.parked, look_for_parked{});
        tell(status);
        answer.deliver(work_ended{message_disposition::removed, true, {}});
        self->quit();
      },
      [this](const caf::error& reason) { fail(reason); });
}

/// What was done in how much time, in the words of document 003.
void notification_handler_state::tell(notification_status status) const {
  auto took = std::chrono::duration_cast<std::chrono::milliseconds>(self->clock().now() - began);
  if (status == notification_status::parked)
    notification_handler_log.info(fmt::format("Parked {} after {} ms", notification.type,
                                              took.count()),
                                  {{"notification", message.notification}, {"inbox", inbox}});
  else
    notification_handler_log.info(
      fmt::format("Successfully processed {} in {} ms", notification.type, took.count()),
      {{"notification", message.notification}, {"outcome", to_string(status)}, {"inbox", inbox}});
}

void notification_handler_state::ignore(const std::string& why) {
  auto request = effect(mail_origin::webhook);
  request.outcome = notification_status::ignored;
  request.note = why;
  acknowledge(std::move(request));
}

void notification_handler_state::fail(const caf::error& reason) {
  if (message.read_ct < settings.tries_max || blameless(reason)) {
    settings.metrics.retried.add();
    answer.deliver(reason);
    self->quit();
    return;
  }
  // Poison: recorded with its reason, archived, never in the way again.
  auto request = effect(mail_origin::webhook);
  request.outcome = notification_status::error;
  request.note = describe(reason);
  timed_request(self, needs.store, store_timeout, std::move(request))
    .then(
      [this](const messages_stored&) {
        count(notification_status::error);
        answer.deliver(work_ended{message_disposition::archived, true, {}});
        self->quit();
      },
      [this](const caf::error& failure) {
        answer.deliver(failure);
        self->quit();
      });
}

void notification_handler_state::count(notification_status status) const {
  settings.metrics.handled.at(static_cast<size_t>(status)).add();
  auto arrived = base::wall_time{std::chrono::microseconds{message.received_at}};
  settings.metrics.effect_seconds.observe(settings.wall() - arrived);
}

queue_work_actor::behavior_type
notification_handler(observed_pointer<queue_work_actor, notification_handler_state> self,
                     directory_slot slot, notification_needs needs,
                     notification_settings settings) {
  self->state.slot = std::move(slot);
  self->state.needs = std::move(needs);
  self->state.settings = settings;
  return {
    [self](queue_message& message) { return self->state.handle(std::move(message)); },
  };
}

caf::result<work_ended> notifications_state::hand_on(queue_message& message) {
  auto entry = open_child(needs.directory, "notification_handler", message.notification);
  notification_claim claim{notification_id{message.notification}, message.id, message.read_ct,
                           settings.keep};
  auto answer = owe_answer<work_ended>(self);
  auto handler = self->spawn<caf::monitored>(notification_handler, entry, needs, settings);
  children.emplace(handler.address(), child_entry{std::move(claim), answer, std::move(entry)});
  // The handler ends in any case, and then `child_down` answers when it has not.
  timed_request(self, handler, handler_timeout, std::move(message))
    .then([answer](const work_ended& ended) { answer.deliver(ended); },
          [answer](const caf::error& reason) {
            if (reason != caf::sec::request_receiver_down)
              answer.deliver(reason);
          });
  return answer;
}

void notifications_state::take_up_parked() {
  if (!needs.parked_rows)
    return;
  auto entry = open_child(needs.directory, "parked_notifications", "");
  needs.parked = self->spawn<caf::linked>(parked_notifications, std::move(entry), needs.parked_rows,
                                          queue_work_actor{self}, settings.parked);
}

void notifications_state::child_down(const caf::actor_addr& child, const caf::error& reason) {
  auto found = children.find(child);
  if (found == children.end())
    return;
  if (reason) {
    record_child(needs.directory, found->second.entry, reason);
    crashed(found->second, reason);
  }
  children.erase(found);
}

void notifications_state::crashed(const child_entry& child, const caf::error& reason) {
  if (!child.answer.pending())
    return;
  if (child.claim.read_ct < settings.tries_max || child.claim.id.value.empty()) {
    settings.metrics.retried.add();
    child.answer.deliver(reason);
    return;
  }
  store_messages request;
  request.origin = mail_origin::webhook;
  request.acknowledges = child.claim;
  request.outcome = notification_status::error;
  request.note = describe(reason);
  timed_request(self, needs.store, store_timeout, std::move(request))
    .then(
      [this, answer = child.answer](const messages_stored&) {
        settings.metrics.handled.at(static_cast<size_t>(notification_status::error)).add();
        answer.deliver(work_ended{message_disposition::archived, true, {}});
      },
      [answer = child.answer](const caf::error& failure) { answer.deliver(failure); });
}

queue_work_actor::behavior_type
notifications(observed_pointer<queue_work_actor, notifications_state> self, directory_slot slot,
              notification_needs needs, notification_settings settings) {
  self->state.slot = std::move(slot);
  self->state.needs = std::move(needs);
  self->state.settings = settings;
  self->set_down_handler(
    [self](caf::down_msg& down) { self->state.child_down(down.source, down.reason); });
  self->state.take_up_parked();
  return {
    [self](queue_message& message) { return self->state.hand_on(message); },
  };
}

} // namespace nova
