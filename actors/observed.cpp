#include "actors/observed.hpp"

#include "messages/error.hpp"

#include <caf/response_promise.hpp>
#include <caf/scheduled_actor.hpp>

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

base::directory_slot observed::open_child(const std::shared_ptr<base::directory>& directory,
                                          std::string kind, std::string key) const {
  if (!directory)
    return {};
  return directory->open({std::move(kind), std::move(key), slot ? slot.name().path() : ""});
}

void observed::record_child(const std::shared_ptr<base::directory>& directory,
                            const base::directory_slot& child, const caf::error& reason) {
  if (directory)
    directory->record({child.name(), describe(reason), child.doing(), 0, directory->now(), 0});
}

} // namespace nova
