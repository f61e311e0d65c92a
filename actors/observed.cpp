#include "actors/message_names.hpp"
#include "actors/observed_actor.hpp"
#include "base/clock.hpp"
#include "messages/error_code.hpp"
#include "messages/timer.hpp"

#include <caf/actor_cast.hpp>
#include <caf/default_attachable.hpp>
#include <caf/local_actor.hpp>
#include <caf/response_promise.hpp>
#include <caf/scheduled_actor.hpp>
#include <caf/system_messages.hpp>

#include <exception>
#include <string>

namespace nova {

void install_crash_text(caf::scheduled_actor* self) {
  self->set_exception_handler([self](std::exception_ptr& thrown) -> caf::error {
    auto reason = caf::make_error(ec::crashed, std::string{"not a std::exception"});
    try {
      std::rethrow_exception(thrown);
    } catch (const std::exception& e) {
      reason = caf::make_error(ec::crashed, std::string{e.what()});
    } catch (...) {
      // What was thrown says nothing about itself; the reason above stands.
    }
    if (self->current_mailbox_element() && self->current_mailbox_element()->mid.is_request())
      self->make_response_promise().deliver(reason);
    return reason;
  });
}

observed_slot& observed_slot::operator=(directory_slot slot) {
  directory_slot::operator=(std::move(slot));
  adopt(activity_, self_);
  return *this;
}

observed::observed(caf::scheduled_actor* self)
  : activity(std::make_shared<actor_activity>()), slot(self->address(), activity) {
  install_crash_text(self);
}

handling::handling(const observed& who, caf::mailbox_element& element)
  : activity_(who.activity), type_(type_of(element)), began_(base::wall_now()) {
  // Who is told to end has been at what came before.
  if (!element.content().match_elements<caf::exit_msg>())
    activity_->message.store(type_, std::memory_order_relaxed);
  activity_->busy_since.store(began_.time_since_epoch().count(), std::memory_order_relaxed);
  if (activity_->tap && activity_->tap->watched()) {
    const directory_slot& entry = who.slot;
    slot_ = entry;
    if (element.sender && element.sender->node() == element.sender->home_system->node())
      if (auto sender = dynamic_cast<caf::local_actor*>(element.sender->get()))
        from_ = sender->name();
  }
}

handling::~handling() {
  activity_->busy_since.store(0, std::memory_order_relaxed);
  if (!skipped_)
    activity_->went(type_);
  if (slot_)
    report();
}

uint16_t type_of(caf::mailbox_element& element) noexcept {
  auto& content = element.content();
  // CAF numbers its own types only.
  const auto* type = content.empty() ? nullptr : content.type(0).second;
  return type ? number_of_type(*type) : uint16_t{0};
}

void note_asked(actor_activity& of, caf::message_id id, const char* whom,
                const std::type_info& what) {
  of.awaited.asked(id.integer_value(), whom, number_of_type(what));
}

void note_answered(actor_activity& of, caf::message_id id) {
  of.awaited.answered(id.integer_value());
}

bool any_tells(caf::attachable* first, const caf::actor_addr& observer, bool linked) {
  caf::default_attachable::observe_token who{observer, linked ? caf::default_attachable::link
                                                              : caf::default_attachable::monitor};
  for (auto* one = first; one != nullptr; one = one->next.get())
    if (one->matches(who))
      return true;
  return false;
}

void handling::report() {
  trace_event event;
  event.at = began_;
  event.actor = slot_.name().path();
  event.message = activity_->message.load(std::memory_order_relaxed);
  event.from = std::move(from_);
  event.took = std::chrono::duration_cast<std::chrono::microseconds>(base::wall_now() - began_);
  event.doing = slot_.doing();
  activity_->tap->offer(slot_.name(), event);
}

void control(const caf::strong_actor_ptr& actor, actor_control what) {
  // A suspension overtakes what waits. CAF looks again at what was put aside only after a message
  // of the same priority.
  auto priority =
    what == actor_control::suspend ? caf::message_priority::high : caf::message_priority::normal;
  actor->enqueue(nullptr, caf::make_message_id(priority), caf::make_message(what), nullptr);
}

bool take_control(const observed& who, caf::mailbox_element& element) {
  auto& content = element.content();
  if (!content.match_elements<actor_control>())
    return false;
  who.activity->suspended.store(content.get_as<actor_control>(0) == actor_control::suspend,
                                std::memory_order_relaxed);
  who.activity->went(type_of(element));
  return true;
}

bool take_timer(const caf::mailbox_element& element) {
  const auto& content = element.content();
  if (!content.match_elements<timer_due>())
    return false;
  content.get_as<timer_due>(0).run();
  return true;
}

bool can_wait(const caf::mailbox_element& element) {
  const auto& content = element.content();
  return !element.mid.is_response() && !content.match_elements<caf::exit_msg>()
         && !content.match_elements<caf::down_msg>()
         && element.mid.category() == caf::message_id::normal_message_category;
}

void observed::could_not(const base::log& log, const char* what, const std::string& reason,
                         failing_cause cause) const {
  if (auto times = slot.fails(what, reason, cause); times > 0)
    log.warn(std::string{"cannot "} + what,
             {{"actor", slot.name().path()}, {"reason", reason}, {"times", times}});
}

void observed::could(const base::log& log, const char* what) const {
  if (auto times = slot.works(what); times > 0)
    log.info(std::string{"can "} + what + " again",
             {{"actor", slot.name().path()}, {"failures", times}});
}

directory_slot observed::open_child(const std::shared_ptr<actor_directory>& directory,
                                    std::string kind, std::string key) const {
  if (!directory)
    return {};
  return directory->open({std::move(kind), std::move(key), slot ? slot.name().path() : ""});
}

void observed::record_child(const std::shared_ptr<actor_directory>& directory,
                            const directory_slot& child, const caf::error& reason) {
  if (directory)
    directory->record(
      {child.name(), describe(reason), child.doing(), 0, directory->now(), 0, child.message()});
}

} // namespace nova
