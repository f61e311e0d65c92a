#pragma once

#include "actors/directory.hpp"
#include "jobs/claimed_job.hpp"

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/fwd.hpp>
#include <caf/replies_to.hpp>
#include <caf/typed_actor.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace nova::jobs {

/// What a handler is given: one job, or as many of one type as it takes at once.
struct job_batch {
  std::shared_ptr<const std::vector<claimed_job>> jobs;
};

/// What became of each, in their order.
struct batch_outcome {
  std::vector<job_outcome> outcomes;
};

/// Does one batch and is no more wanted then. Started for it, linked to who started it; its crash
/// is a failed attempt of its jobs. Its deadline is not its business: it is ended from outside.
using handler_actor = caf::typed_actor<caf::replies_to<job_batch>::with<batch_outcome>>;

/// How jobs of a type are done.
struct handler {
  /// Starts the actor, as a linked child of `parent`.
  std::function<handler_actor(caf::local_actor* parent, directory_slot slot)> start;
  /// Jobs that one actor takes at once.
  size_t chunk = 1;
  /// A batch that takes longer is ended, and tried again.
  std::chrono::milliseconds timeout{30'000};
  /// A fault of it may end the whole process: after one such end its job runs alone.
  bool in_process = true;
  /// Of its row, and what its limits are of (`limit_key_of`); empty: it has none.
  int64_t id = 0;
  std::string limit_key = {};
};

/// What a node has built in, by the type of the job; `*` does what has no other.
class handler_registry {
public:
  void add(std::string type, handler how) {
    handlers_.insert_or_assign(std::move(type), std::move(how));
  }

  /// Null when there is none.
  [[nodiscard]] const handler* find(const std::string& type) const {
    auto found = handlers_.find(type);
    if (found == handlers_.end())
      found = handlers_.find("*");
    return found == handlers_.end() ? nullptr : &found->second;
  }

  [[nodiscard]] bool has(const std::string& type) const {
    return handlers_.count(type) > 0;
  }

  [[nodiscard]] bool empty() const {
    return handlers_.empty();
  }

private:
  std::map<std::string, handler> handlers_;
};

} // namespace nova::jobs

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(nova::jobs::job_batch)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(nova::jobs::batch_outcome)
