#include "alerts/courier.hpp"

#include "actors/observed_actor.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <fmt/format.h>

#include <optional>
#include <utility>

namespace nova::alerts {
namespace {

struct courier_state : observed {
  static inline const char* name = "alert_courier";

  explicit courier_state(courier_actor::pointer self) : observed(self) {}

  letters_sent send(const send_letters& what) {
    doing(fmt::format("{} {}", what.letters->size(), what.are_mails ? "mails" : "webhooks"));
    return {what.are_mails ? office->send_mails(*what.letters)
                           : office->send_webhooks(*what.letters)};
  }

  std::optional<post_office> office;
};

courier_actor::behavior_type courier(observed_pointer<courier_actor, courier_state> self,
                                     directory_slot slot, post_office_settings settings,
                                     std::shared_ptr<const base::secrets> secrets,
                                     std::shared_ptr<const std::atomic<bool>> stop) {
  self->state.slot = std::move(slot);
  self->state.office.emplace(std::move(settings), std::move(secrets), std::move(stop));
  return {
    [self](const send_letters& what) { return self->state.send(what); },
  };
}

} // namespace

courier_actor spawn_courier(caf::local_actor* parent, directory_slot slot,
                            post_office_settings settings,
                            std::shared_ptr<const base::secrets> secrets,
                            std::shared_ptr<const std::atomic<bool>> stop) {
  return parent->spawn<caf::linked + caf::detached>(courier, std::move(slot), std::move(settings),
                                                    std::move(secrets), std::move(stop));
}

} // namespace nova::alerts
