#include "jobs/function_handler.hpp"

#include "actors/observed_actor.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <memory>
#include <utility>

namespace nova::jobs {
namespace {

struct function_handler_state : observed {
  static inline const char* name = "function_handler";

  explicit function_handler_state(handler_actor::pointer self) : observed(self) {}
};

handler_actor::behavior_type one_batch(observed_pointer<handler_actor, function_handler_state> self,
                                       directory_slot slot,
                                       std::shared_ptr<const job_function> function) {
  self->state.slot = std::move(slot);
  return {
    [function = std::move(function)](const job_batch& batch) {
      return batch_outcome{(*function)(*batch.jobs)};
    },
  };
}

} // namespace

handler function_handler(job_function function, size_t chunk) {
  handler made;
  made.chunk = chunk;
  made.start = [shared = std::make_shared<const job_function>(std::move(function))](
                 caf::local_actor* parent, directory_slot slot) {
    return parent->spawn<caf::linked>(one_batch, std::move(slot), shared);
  };
  return made;
}

} // namespace nova::jobs
